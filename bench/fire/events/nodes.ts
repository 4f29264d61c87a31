// Nodes that go: with an announcement, without one, and a whole zone of them.
import { kubectl } from "../../../emulator/engines/kubernetes.ts";
import { killNode, loseZone, type Node, nodesOf, restoreZone } from "../../../emulator/engines/nodes.ts";
import type { Event } from "../event.ts";
import { cluster, isSettled, replicas, serving, until } from "../world.ts";

/** Until Kubernetes calls a silent node NotReady and routes nothing to it: its default, also on EKS. */
const noticedSeconds = 60;

/** The node that most pods are on. */
async function busiest(): Promise<Node> {
  const pods = await serving();
  const load = (node: Node) => pods.filter(({ spec }) => spec.nodeName === node.name).length;
  return nodesOf(cluster()).sort((a, b) => load(b) - load(a))[0] as Node;
}

const noticed = (): Promise<void> =>
  until("pods of a lost node that aren't ready", async () => (await serving()).length < replicas, 120);

export const drain: Event = {
  name: "drain",
  goals: { failed: 0 },
  async happen() {
    const { name } = await busiest();
    const flags = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s"];
    await kubectl(cluster(), ["drain", name, ...flags]);
    return undefined;
  },
};

export const nodeKilled: Event = {
  name: "node-killed",
  goals: { recoveredSeconds: noticedSeconds },
  async happen() {
    const over = Date.now();
    await killNode(await busiest());
    await noticed();
    return { over };
  },
};

export const zoneLost: Event = {
  name: "zone-lost",
  goals: { recoveredSeconds: noticedSeconds },
  async happen() {
    const { zone } = await busiest();
    const over = Date.now();
    await loseZone(cluster(), zone);
    try {
      await noticed();
      const isGone = async () => !nodesOf(cluster()).some((node) => node.zone === zone);
      await until("the lost zone's nodes, gone", isGone, 120);
    } finally {
      restoreZone(cluster(), zone);
    }
    await until("pods in the zone that is back", isSettled, 240);
    return { over };
  },
};
