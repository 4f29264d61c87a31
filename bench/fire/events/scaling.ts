// A peak of requests: pods come in time, go slowly, and never hold more connections than the budget says.
import { setTimeout as sleep } from "node:timers/promises";
import { connectionBudget } from "../../../checks/connections.ts";
import { instanceIdentifiers } from "../../../emulator/engines/postgres.ts";
import { session } from "../../../emulator/engines/postgres-server.ts";
import type { Event, Goals } from "../event.ts";
import { underFire } from "../traffic.ts";
import { configure, deploy, replicas, serving, until } from "../world.ts";

const most = 6;
const peak = 220;
/** Little enough that the peak takes several times as much, and the requests beside it less than the target. */
const cpuRequest = "50m";
/** The autoscaler looks twice a minute before it adds, then two pods a minute; the rest is a pod's start. */
const upSeconds = 180;
/** What components/autoscaling.ts promises. */
const windowSeconds = 300;
const podSeconds = 60;
/** Kubernetes looks every 15 s, so that a step may seem as much shorter. */
const lookSeconds = 15;

const { needed } = connectionBudget({
  app: { minReplicas: replicas, maxReplicas: most, workers: 1 },
  database: { instanceClass: "db.t4g.micro", poolSize: 10, maxOverflow: 0 },
});

async function connections(): Promise<number> {
  const [identifier = ""] = instanceIdentifiers();
  const query = "select count(*)::int as count from pg_stat_activity where application_name = 'orders'";
  return (await session(identifier, "postgres", (client) => client.query(query))).rows[0].count;
}

/** The most connections at any second until it is told to stop. */
function watchConnections(): () => number {
  let highest = 0;
  const look = async () => {
    highest = Math.max(highest, await connections());
  };
  const timer = setInterval(() => void look().catch(() => undefined), 1000);
  return () => {
    clearInterval(timer);
    return highest;
  };
}

/** Seconds from now on to each time that there are fewer pods, until there are as few as may be. */
async function shrinking(): Promise<number[]> {
  const [start, steps] = [Date.now(), [] as number[]];
  for (let count = most; count > replicas; await sleep(1000)) {
    const now = (await serving()).length;
    if (now < count) steps.push((Date.now() - start) / 1000);
    count = Math.min(count, now);
    if (Date.now() - start > 1_200_000) throw new Error(`${count} pods, 20 minutes after the peak`);
  }
  return steps;
}

export const scaling: Event = {
  name: "scaling",
  isLong: true,
  rate: 10,
  goals: { failed: 0 } satisfies Goals,
  async prepare() {
    configure({ appMaxReplicas: most, appCpuRequest: cpuRequest });
    await deploy();
  },
  async happen({ target }) {
    const stopWatching = watchConnections();
    const load = await underFire(
      target,
      async () => {
        const start = Date.now();
        await until("all pods that there may be", async () => (await serving()).length === most, 600);
        return (Date.now() - start) / 1000;
      },
      peak,
    );
    const [first = 0, ...others] = await shrinking();
    const pauses = others.map((seconds, index) => seconds - ([first, ...others][index] ?? 0));
    const highest = stopWatching();
    configure({ appMaxReplicas: replicas, appCpuRequest: "200m" });
    await deploy();
    const isAbove = (what: string, is: boolean) => (is ? [what] : []);
    const note =
      `${replicas} to ${most} pods in ${load.result.toFixed(0)} s under ${peak} requests/s; the first went after ` +
      `${first.toFixed(0)} s, the others each ${pauses.map((pause) => pause.toFixed(0)).join(" and ")} s later; ` +
      `at most ${highest} connections of ${needed}`;
    return {
      note,
      missed: [
        ...isAbove(`up in ${load.result.toFixed(0)} s, goal ${upSeconds}`, load.result > upSeconds),
        ...isAbove(`down before ${windowSeconds} s`, first < windowSeconds - lookSeconds),
        ...isAbove(
          `down by more than a pod in ${podSeconds} s`,
          pauses.some((pause) => pause < podSeconds - lookSeconds),
        ),
        ...isAbove(`${highest} connections, the budget is ${needed}`, highest > needed),
        ...isAbove(`${load.failures.length} of the peak's requests failed`, load.failures.length > 0),
        ...isAbove(`${load.lost.length} of the peak's writes lost`, load.lost.length > 0),
      ],
    };
  },
};
