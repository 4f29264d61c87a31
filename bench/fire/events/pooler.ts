// PgBouncer between the service and its database: replaced in order, and killed.
import { kubectl } from "../../../emulator/engines/kubernetes.ts";
import type { Event } from "../event.ts";
import { cluster, configure, deploy, until } from "../world.ts";

const pooler = "deployment/orders-pooler";
const replicas = 2;

async function withPooler(): Promise<void> {
  configure({ poolerReplicas: replicas, poolerSize: 8 });
  await deploy();
}

const pods = async (): Promise<string[]> => {
  const which = ["-n", "orders", "-l", "app.kubernetes.io/name=orders-pooler"];
  return (await kubectl(cluster(), ["get", "pods", ...which, "-o", "name"])).trim().split("\n");
};

/** Until those that were replaced are gone as well: they let go of their clients one by one. */
async function rolledOut(): Promise<void> {
  await kubectl(cluster(), ["rollout", "status", pooler, "-n", "orders", "--timeout=180s"]);
  await until("only the new poolers", async () => (await pods()).length === replicas, 180);
}

export const poolerRestarted: Event = {
  name: "pooler-restarted",
  goals: { failed: 0 },
  prepare: withPooler,
  async happen() {
    await kubectl(cluster(), ["rollout", "restart", pooler, "-n", "orders"]);
    await rolledOut();
    return undefined;
  },
};

export const poolerKilled: Event = {
  name: "pooler-killed",
  goals: { recoveredSeconds: 5, slowestSeconds: 3 },
  prepare: withPooler,
  async happen() {
    const [pod = ""] = await pods();
    const over = Date.now();
    await kubectl(cluster(), ["delete", pod, "-n", "orders", "--grace-period=0", "--force"]);
    await rolledOut();
    return { over };
  },
};
