// PgBouncer between the service and its database: replaced in order, and killed.
import { kubectl } from "../../../emulator/engines/kubernetes.ts";
import type { Event } from "../event.ts";
import { cluster, configure, deploy } from "../world.ts";

const pooler = "deployment/orders-pooler";

async function withPooler(): Promise<void> {
  configure({ poolerReplicas: 2, poolerSize: 8 });
  await deploy();
}

const rolledOut = () => kubectl(cluster(), ["rollout", "status", pooler, "-n", "orders", "--timeout=180s"]);

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
    const [pod = ""] = (
      await kubectl(cluster(), [
        ...["get", "pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders-pooler"],
        ...["-o", "jsonpath={.items[*].metadata.name}"],
      ])
    ).split(" ");
    const over = Date.now();
    await kubectl(cluster(), ["delete", "pod", pod, "-n", "orders", "--grace-period=0", "--force"]);
    await rolledOut();
    return { over };
  },
};
