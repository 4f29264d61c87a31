// What happens to the database under the service.
import { setTimeout as sleep } from "node:timers/promises";
import { instanceIdentifiers } from "../../../emulator/engines/postgres.ts";
import {
  failOver,
  freezeInstance,
  restartInstance,
  thawInstance,
} from "../../../emulator/engines/postgres-faults.ts";
import { service } from "../../../service.ts";
import type { Event, Goals } from "../event.ts";
import { serving } from "../world.ts";

/** While it is away, requests are answered with 503, quickly; soon after it is back, they are served. */
const outage: Goals = { recoveredSeconds: 5, slowestSeconds: 3 };
const frozenSeconds = 60;
/** RDS takes 60 to 120 s. Nothing in the service takes as long as these, so that more show nothing new. */
const failoverSeconds = 20;
const healthMilliseconds = 50;

const identifier = (): string => instanceIdentifiers()[0] as string;

/** Asks pods, past the load balancer, whether they are alive; returns the slowest but one of a hundred. */
async function liveness(seconds: number): Promise<number> {
  const urls = (await serving()).map(
    ({ status }) => `http://${status.podIP}:${service.http?.port}${service.http?.liveness}`,
  );
  const times: number[] = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    for (const url of urls) {
      const start = performance.now();
      const { ok } = await fetch(url, { signal: AbortSignal.timeout(5000) });
      times.push(ok ? performance.now() - start : Number.POSITIVE_INFINITY);
    }
  }
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] as number;
}

export const restarted: Event = {
  name: "database-restarted",
  goals: outage,
  async happen() {
    await restartInstance(identifier());
    return { over: Date.now() };
  },
};

export const failedOver: Event = {
  name: "database-failed-over",
  goals: outage,
  async happen() {
    const forget = await failOver(identifier(), failoverSeconds);
    const over = Date.now();
    // Until nobody holds on to the old one.
    await sleep(10_000);
    await forget();
    return { over };
  },
};

export const frozen: Event = {
  name: "database-frozen",
  goals: outage,
  async happen() {
    freezeInstance(identifier());
    let p99: number;
    try {
      p99 = await liveness(frozenSeconds);
    } finally {
      thawInstance(identifier());
    }
    const over = Date.now();
    const note = `p99 of ${service.http?.liveness} ${p99.toFixed(0)} ms`;
    return { over, note, missed: p99 > healthMilliseconds ? [`${note}, goal ${healthMilliseconds} ms`] : [] };
  },
};
