import { IDLE_SECONDS } from "../components/idle-timeout.ts";
import type { Problem } from "../settings/problem.ts";
import { atLeast } from "./limits.ts";
import { SHORTEST_REQUEST, shortestRequest, type TimeoutSettings } from "./timeouts.ts";

/** How long it takes until every node and load balancer knows that a pod is going. */
export const PROPAGATION_SECONDS = 10;

/** The lifespan's shutdown, after the last request and before SIGKILL. */
const MARGIN_SECONDS = 5;

export const SHORTEST_GRACE = PROPAGATION_SECONDS + SHORTEST_REQUEST + MARGIN_SECONDS;

export interface GraceSettings extends TimeoutSettings {
  app: {
    deregistrationSeconds: number;
    preStopSeconds: number;
    gracefulTimeoutSeconds: number;
    terminationGracePeriodSeconds: number;
    requestTimeoutSeconds: number;
    keepAliveSeconds: number;
  };
}

/** From the moment a pod is told to go, which is also when Kubernetes starts to count its grace period. */
export interface GraceChain {
  steps: readonly { what: string; fromSeconds: number; toSeconds: number }[];
  /** Each of these must be shorter than the next. */
  connection: { requestSeconds: number; loadBalancerIdleSeconds: number; keepAliveSeconds: number };
}

export function graceChain({ app }: Pick<GraceSettings, "app">): GraceChain {
  const step = (what: string, fromSeconds: number, seconds: number) => ({
    what,
    fromSeconds,
    toSeconds: fromSeconds + seconds,
  });
  const stopped = app.preStopSeconds + app.gracefulTimeoutSeconds;
  return {
    steps: [
      step("endpoint removed everywhere", 0, PROPAGATION_SECONDS),
      step("load balancer deregisters", PROPAGATION_SECONDS, app.deregistrationSeconds),
      step("preStop holds back SIGTERM", 0, app.preStopSeconds),
      step("requests in flight end", app.preStopSeconds, app.gracefulTimeoutSeconds),
      step("service shuts down", stopped, MARGIN_SECONDS),
      step("grace period, then SIGKILL", 0, app.terminationGracePeriodSeconds),
    ],
    connection: {
      requestSeconds: app.requestTimeoutSeconds,
      loadBalancerIdleSeconds: IDLE_SECONDS,
      keepAliveSeconds: app.keepAliveSeconds,
    },
  };
}

const WIDTH = 45;

/** The chain as a chart of plain characters, one line a step. */
export function drawGraceChain({ steps, connection }: GraceChain): string[] {
  const end = Math.max(...steps.map(({ toSeconds }) => toSeconds));
  const column = (seconds: number) => Math.round((seconds / end) * WIDTH);
  const width = Math.max(...steps.map(({ what }) => what.length));
  const lines = steps.map(({ what, fromSeconds, toSeconds }) => {
    const bar = " ".repeat(column(fromSeconds)) + "=".repeat(column(toSeconds) - column(fromSeconds));
    return `${what.padEnd(width)} |${bar.padEnd(WIDTH)}| ${fromSeconds} to ${toSeconds} s`;
  });
  const { requestSeconds, loadBalancerIdleSeconds, keepAliveSeconds } = connection;
  return [
    ...lines,
    `request ${requestSeconds} s < load balancer's idle timeout ${loadBalancerIdleSeconds} s < keep-alive ${keepAliveSeconds} s`,
  ];
}

/**
 * A pod stops without a failed request if each link of this chain outlasts the one before. A link is compared with
 * the repaired one before it, so that one run names everything that has to be set.
 */
export function graceProblems(settings: GraceSettings): Problem[] {
  const { app } = settings;
  const request = Math.max(app.requestTimeoutSeconds, shortestRequest(settings));
  const preStop = Math.max(app.preStopSeconds, PROPAGATION_SECONDS + app.deregistrationSeconds);
  const graceful = Math.max(app.gracefulTimeoutSeconds, request);
  const problems = [
    atLeast(
      ["appPreStopSeconds", app.preStopSeconds],
      PROPAGATION_SECONDS + app.deregistrationSeconds,
      `appDeregistrationSeconds ${app.deregistrationSeconds} + ${PROPAGATION_SECONDS} until everyone knows, or requests still arrive`,
    ),
    atLeast(
      ["appTerminationGracePeriodSeconds", app.terminationGracePeriodSeconds],
      preStop + graceful + MARGIN_SECONDS,
      `appPreStopSeconds ${preStop} + appGracefulTimeoutSeconds ${graceful} + ${MARGIN_SECONDS}`,
    ),
    atLeast(
      ["appGracefulTimeoutSeconds", app.gracefulTimeoutSeconds],
      request,
      "appRequestTimeoutSeconds, or a shutdown cuts off requests",
    ),
  ].flat();
  // One picture for all of them, under the last.
  return problems.map((problem, index) =>
    index === problems.length - 1 ? { ...problem, details: drawGraceChain(graceChain(settings)) } : problem,
  );
}
