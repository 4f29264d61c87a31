// How many nodes Auto Mode has to start for what the pods request.
import { mebibytes, millicores } from "../checks/grammar/quantity.ts";
import { plural } from "./document.ts";
import type { Step } from "./graph.ts";
import { nodeTypes } from "./prices.ts";
import type { Inputs } from "./values.ts";

export interface Nodes {
  /** 0 when a pod is too large for every type that has a price. */
  count: number;
  instanceType: string | null;
  /** How the count comes about, for whoever doubts it. */
  because: string;
}

/** What a pod requests, or what a node has left. */
interface Room {
  millicores: number;
  mebibytes: number;
}

export function neededNodes(steps: Step[]): Nodes {
  const workloads = steps.filter(({ type }) => /^kubernetes:apps\/v1:(Deployment|StatefulSet)$/.test(type));
  const pods = workloads.flatMap(({ inputs }) =>
    Array.from({ length: replicasOf(inputs, steps) }, () => requestsOf(inputs)),
  );
  pods.push(...steps.flatMap(addOnPods));
  const smallest = Object.entries(nodeTypes).find(([, type]) => pods.every((pod) => fits(pod, type)));
  if (!smallest) return tooLarge(pods);
  const [instanceType, type] = smallest;
  const filled = Math.max(1, fill(pods, type));
  const spread = Math.max(1, ...workloads.map(({ inputs }) => leastZones(inputs, steps)));
  const sum = pods.reduce(plus, { millicores: 0, mebibytes: 0 });
  const requests = `${plural(pods.length, "pod")} that request ${told(sum)} in all fit on ${filled} ${instanceType}`;
  return {
    count: Math.max(filled, spread),
    instanceType,
    because: spread > filled ? `${requests}, but spread over ${spread} zones` : requests,
  };
}

/** Largest first, and each on the first node with room for the whole of it, as Auto Mode does. */
function fill(pods: Room[], type: Room): number {
  const nodes: Room[] = [];
  const sorted = pods.toSorted((a, b) => b.millicores - a.millicores || b.mebibytes - a.mebibytes);
  for (const pod of sorted) {
    const found = nodes.findIndex((left) => fits(pod, left));
    const index = found < 0 ? nodes.length : found;
    nodes[index] = minus(nodes[index] ?? type, pod);
  }
  return nodes.length;
}

function tooLarge(pods: Room[]): Nodes {
  const [name, largest] = Object.entries(nodeTypes).at(-1) as [string, Room];
  const pod = pods.find((one) => !fits(one, largest)) as Room;
  const because = `a pod requests ${told(pod)}, and ${name}, the largest in plan/prices.ts, has ${told(largest)} for pods`;
  return { count: 0, instanceType: null, because };
}

const fits = (pod: Room, room: Room): boolean =>
  pod.millicores <= room.millicores && pod.mebibytes <= room.mebibytes;

const plus = (a: Room, b: Room): Room => ({
  millicores: a.millicores + b.millicores,
  mebibytes: a.mebibytes + b.mebibytes,
});

const minus = (a: Room, b: Room): Room => ({
  millicores: a.millicores - b.millicores,
  mebibytes: a.mebibytes - b.mebibytes,
});

const told = ({ millicores, mebibytes }: Room): string => `${millicores / 1000} CPU and ${mebibytes} MiB`;

function requestsOf(workload: Inputs): Room {
  const containers: Inputs[] = workload.spec?.template?.spec?.containers ?? [];
  const requests = containers.map(({ resources }) => ({
    millicores: millicores(resources?.requests?.cpu),
    mebibytes: mebibytes(resources?.requests?.memory),
  }));
  return requests.reduce(plus, { millicores: 0, mebibytes: 0 });
}

/** metrics-server's, as the add-on comes: two replicas on nodes of one's own. */
function addOnPods({ type, inputs }: Step): Room[] {
  if (type !== "aws:eks/addon:Addon" || inputs.addonName !== "metrics-server") return [];
  return [1, 2].map(() => ({ millicores: 100, mebibytes: 200 }));
}

/** Without replicas of its own, a workload has at least as many as its autoscaler keeps. */
function replicasOf(workload: Inputs, steps: Step[]): number {
  if (typeof workload.spec?.replicas === "number") return workload.spec.replicas;
  const scalers = steps.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler"));
  const own = scalers.find(({ inputs }) => inputs.spec?.scaleTargetRef?.name === workload.metadata?.name);
  return own?.inputs.spec?.minReplicas ?? 1;
}

/** In how many zones its pods must be, each of which needs a node. */
function leastZones(workload: Inputs, steps: Step[]): number {
  const constraints: Inputs[] = workload.spec?.template?.spec?.topologySpreadConstraints ?? [];
  const zones = constraints.find(
    ({ topologyKey, whenUnsatisfiable }) =>
      topologyKey === "topology.kubernetes.io/zone" && whenUnsatisfiable === "DoNotSchedule",
  );
  return Math.min(replicasOf(workload, steps), zones?.minDomains ?? 1);
}
