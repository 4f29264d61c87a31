// Health checks of one target, as an Application Load Balancer makes them.
import { request } from "node:http";
import type { Health } from "../aws/elbv2-targets.ts";
import type { HealthCheck } from "./description.ts";

export interface Probe {
  /** Who asks: an address of the load balancer. */
  source: string;
  /**
   * "The HTTP host header in the health check request contains the IP address of the load balancer node and the listener
   * port" (ELB user guide, troubleshooting, 2026-11).
   */
  host: string;
  address: string;
  port: number;
  check: HealthCheck;
}

const initial: Health = {
  state: "initial",
  reason: "Elb.InitialHealthChecking",
  description: "Initial health checks in progress",
};
const healthy: Health = { state: "healthy" };

const matches = (matcher: string, status: number): boolean =>
  matcher.split(",").some((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return status >= first && status <= last;
  });

/** What is wrong, if anything is. */
function check({ source, host, address, port, check }: Probe): Promise<Health | undefined> {
  const failed = (reason: string, description: string): Health => ({
    state: "unhealthy",
    reason,
    description,
  });
  const { promise, resolve } = Promise.withResolvers<Health | undefined>();
  const sent = request({
    host: address,
    port: check.port === "traffic-port" ? port : Number(check.port),
    localAddress: source,
    path: check.path,
    agent: false,
    headers: { host, "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
    signal: AbortSignal.timeout(check.timeoutSeconds * 1000),
  });
  sent.on("response", (response) => {
    response.resume();
    const status = response.statusCode ?? 0;
    response.on("error", () => undefined);
    const mismatch = `Health checks failed with these codes: [${status}]`;
    resolve(matches(check.matcher, status) ? undefined : failed("Target.ResponseCodeMismatch", mismatch));
  });
  sent.on("error", (error) =>
    resolve(
      error.name === "AbortError" || error.name === "TimeoutError"
        ? failed("Target.Timeout", "Request timed out")
        : failed("Target.FailedHealthChecks", "Health checks failed"),
    ),
  );
  sent.end();
  return promise;
}

/** Asks a target at once, and then again and again, until it is stopped. */
export class HealthChecks {
  health = initial;
  #successes = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #probe: () => Probe;

  /** @param probe is asked before each check: a group's settings may change */
  constructor(probe: () => Probe) {
    this.#probe = probe;
    void this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const probe = this.#probe();
    // Each is independent of how long the one before it took.
    this.#timer = setTimeout(() => void this.#run(), probe.check.intervalSeconds * 1000);
    this.#take(probe.check, await check(probe));
  }

  #take({ healthyThreshold, unhealthyThreshold }: HealthCheck, problem: Health | undefined): void {
    this.#successes = problem ? 0 : this.#successes + 1;
    this.#failures = problem ? this.#failures + 1 : 0;
    // "After your target is registered, it must pass one health check to be considered healthy" (ELB user guide, 2026-11).
    const needed = this.health.state === "initial" ? 1 : healthyThreshold;
    if (this.#successes >= needed) this.health = healthy;
    else if (problem && this.#failures >= unhealthyThreshold) this.health = problem;
  }
}
