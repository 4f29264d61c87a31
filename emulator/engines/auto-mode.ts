// EKS Auto Mode's part in a cluster, a process of its own: it makes a node when pods wait for one, removes nodes that
// are empty, have died, or whose node pool is deleted, and enforces NetworkPolicies. Argument: the cluster.
import { setTimeout as sleep } from "node:timers/promises";
import { clusters } from "../aws/eks-cluster.ts";
import { hasWayOut } from "../aws/routes.ts";
import { enforcePolicies } from "../network-policy/enforcement.ts";
import { api, servicesOf } from "./kubernetes.ts";
import { gatewayTo } from "./network.ts";
import { claimNodes, installKarpenter, type NodePool, nodePools, provides, taintsOf } from "./node-pools.ts";
import { addNode, isUp, type Node, nodesOf, removeNode, zonesOf } from "./nodes.ts";
import { run } from "./processes.ts";
import { type PodWithVolumes, zonesOfVolumes } from "./volume-zones.ts";
import { watched } from "./watched.ts";

/** Auto Mode's own time for its node pools (EKS user guide, "consolidateAfter: 30s", 2026-11). */
const emptySeconds = 30;
/** How long the scheduler may take to put what waits on a node that got ready. */
const settleSeconds = 10;
/** From a dead node's NotReady to the removal of its record, which lets its pods be replaced. */
const deadSeconds = 10;

interface Condition {
  type: string;
  status: string;
  reason?: string;
  lastTransitionTime: string;
}

interface NodeRecord {
  metadata: { name: string };
  spec: { unschedulable?: boolean };
  status: { conditions?: Condition[] };
}

interface Pod extends PodWithVolumes {
  metadata: PodWithVolumes["metadata"] & { name: string; ownerReferences?: { kind: string }[] };
  spec: PodWithVolumes["spec"] & { nodeName?: string; tolerations?: object[] };
  status: { phase: string; conditions?: Condition[] };
}

const [cluster] = process.argv.slice(2) as [string];

const secondsSince = (time: string | number): number => (Date.now() - new Date(time).getTime()) / 1000;
const condition = (object: NodeRecord | Pod | undefined, type: string): Condition | undefined =>
  object?.status.conditions?.find((candidate) => candidate.type === type);
const isReady = (record: NodeRecord | undefined): boolean => condition(record, "Ready")?.status === "True";
const waitsForNode = (pod: Pod): boolean => condition(pod, "PodScheduled")?.reason === "Unschedulable";

/** Whether it keeps a node from being empty. */
const holds = (pod: Pod): boolean =>
  !["Succeeded", "Failed"].includes(pod.status.phase) &&
  !pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet" || kind === "Node");

const removeRecord = (name: string) => api(cluster, "DELETE", `/api/v1/nodes/${name}`);

/** This machine reaches Services through a node, any of them; a route that is missing or wrong is mended. */
async function routeServices(nodes: Node[]): Promise<void> {
  const entrance = gatewayTo(servicesOf(cluster));
  if (nodes.some(({ address }) => address === entrance)) return;
  const address = nodes[0]?.address;
  if (address) await run("ip", ["route", "replace", servicesOf(cluster), "via", address]);
  else if (entrance) await run("ip", ["route", "delete", servicesOf(cluster), "via", entrance]);
}

let lastMade = 0;

/**
 * One node of a pool and zone, as long as pods wait: in a zone of the volumes of one of them, if it has any. Which of
 * the zones would help the others is for the scheduler to say.
 */
async function provision(
  pool: NodePool,
  nodes: Node[],
  records: Map<string, NodeRecord>,
  waiting: Pod[],
): Promise<void> {
  const isSettled = ({ name }: Node) => {
    const ready = condition(records.get(name), "Ready");
    return ready?.status === "True" && secondsSince(ready.lastTransitionTime) > settleSeconds;
  };
  const usable = nodes.filter(({ name }) => !records.get(name)?.spec.unschedulable);
  const free = zonesOf(cluster).filter((candidate) => !usable.some((node) => node.zone === candidate));
  if (free.length === 0) return;
  const wanted = await Promise.all(waiting.map((pod) => zonesOfVolumes(cluster, pod)));
  const zone = free.find((candidate) => wanted.some((zones) => !zones || zones.includes(candidate)));
  if (!zone || !usable.every(isSettled) || secondsSince(lastMade) < settleSeconds) return;
  lastMade = Date.now();
  await addNode(cluster, zone, { pool: pool.metadata.name, taints: taintsOf(pool) });
}

/** Nodes tell AWS that they leave: without a way out they hang (aws-samples/appmod-blueprints#582). */
const canLeave = (): boolean => clusters.get(cluster)?.vpcConfig.subnetIds.every(hasWayOut) ?? true;

async function terminate(node: Node): Promise<void> {
  if (!canLeave()) return;
  await removeNode(node);
  await removeRecord(node.name);
}

const emptySince = new Map<string, number>();

/** Removes what has been empty for a while. */
async function consolidate(nodes: Node[], pods: Pod[]): Promise<void> {
  for (const node of nodes) {
    const isEmpty = !pods.some((pod) => pod.spec.nodeName === node.name && holds(pod));
    if (!isEmpty) emptySince.delete(node.name);
    else if (!emptySince.has(node.name)) emptySince.set(node.name, Date.now());
    if (!isEmpty || secondsSince(emptySince.get(node.name) ?? 0) < emptySeconds) continue;
    emptySince.delete(node.name);
    await terminate(node);
  }
}

/** Empties a node, as far as disruption budgets let it, and removes it once it is empty. */
async function leave(node: Node, pods: Pod[]): Promise<void> {
  await api(cluster, "PATCH", `/api/v1/nodes/${node.name}`, { spec: { unschedulable: true } });
  const left = pods.filter((pod) => pod.spec.nodeName === node.name && holds(pod));
  for (const { metadata } of left) {
    const { name, namespace } = metadata;
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    // Refused where it would break a budget: the next step tries again.
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
    await api(cluster, "POST", path, eviction).catch(() => undefined);
  }
  if (left.length === 0) await terminate(node);
}

async function step(): Promise<void> {
  for (const node of nodesOf(cluster).filter((candidate) => !isUp(candidate))) {
    console.log(`${node.name} in ${node.zone} has died`);
    await removeNode(node);
  }
  const nodes = nodesOf(cluster);
  await routeServices(nodes);
  const [records, pods, pools] = await Promise.all([
    watched<NodeRecord>(cluster, "/api/v1/nodes"),
    watched<Pod>(cluster, "/api/v1/pods"),
    nodePools(cluster),
  ]);
  const leaving = await claimNodes(cluster, nodes, pools);
  for (const node of leaving) await leave(node, pods);
  const byName = new Map(records.map((record) => [record.metadata.name, record]));
  await routeServices(nodes.filter(({ name }) => isReady(byName.get(name))));
  for (const record of records.filter(({ metadata }) => !nodes.some(({ name }) => name === metadata.name))) {
    const ready = condition(record, "Ready");
    if (ready?.status !== "True" && secondsSince(ready?.lastTransitionTime ?? 0) > deadSeconds) {
      await removeRecord(record.metadata.name);
    }
  }
  const ready = nodes.filter((node) => isReady(byName.get(node.name)) && !leaving.includes(node));
  const waiting = pods.filter(waitsForNode);
  if (waiting.length > 0) {
    for (const pool of pools) {
      const its = waiting.filter((pod) => provides(pool, pod));
      const ofPool = nodes.filter((node) => node.pool === pool.metadata.name);
      if (its.length > 0) await provision(pool, ofPool, byName, its);
    }
    // Those that wait may need what is left.
    await consolidate(
      ready.filter(({ name }) => byName.get(name)?.spec.unschedulable),
      pods,
    );
  } else await consolidate(ready, pods);
}

/** While the API is away there is nothing to do; it says so once it is back. */
const logged = (error: unknown): false => {
  console.error(`${error}`);
  return false;
};

// An API that has just begun to answer may refuse the one or the other: a cluster without this process has no nodes.
const isInstalled = (): Promise<boolean> => installKarpenter(cluster).then(() => true, logged);
while (!(await isInstalled())) await sleep(1000);
void enforcePolicies(cluster);
for (;;) {
  await step().catch(logged);
  await sleep(1000);
}
