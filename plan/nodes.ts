// How many nodes Auto Mode has to start for what the pods request.
import { mebibytes, millicores } from "../settings/quantity.ts";
import { plural } from "./document.ts";
import type { Step } from "./graph.ts";
import { nodeTypes } from "./prices.ts";
import type { Inputs } from "./values.ts";

export interface Nodes {
  /** 0 when a pod is too large for every type that has a price. */
  count: number;
  instanceType: string | null;
  /** Where the count comes from. */
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
  pods.push(...addOnsOf(steps).flatMap((addOn) => addOn.pods));
  // A chart's one pod, as its values have it.
  const releases = steps.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
  pods.push(...releases.map(({ inputs }) => roomFor(inputs.values?.resources)));
  const daemons = addOnsOf(steps).flatMap((addOn) => addOn.daemons);
  const types = Object.entries(nodeTypes).map(([name, type]) => [name, daemons.reduce(minus, type)] as const);
  const smallest = types.find(([, room]) => pods.every((pod) => fits(pod, room)));
  if (!smallest) return tooLarge(pods, types);
  const [instanceType, room] = smallest;
  const filled = Math.max(1, fill(pods, room));
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
function fill(pods: Room[], room: Room): number {
  const nodes: Room[] = [];
  const sorted = pods.toSorted((a, b) => b.millicores - a.millicores || b.mebibytes - a.mebibytes);
  for (const pod of sorted) {
    const found = nodes.findIndex((left) => fits(pod, left));
    const index = found < 0 ? nodes.length : found;
    nodes[index] = minus(nodes[index] ?? room, pod);
  }
  return nodes.length;
}

function tooLarge(pods: Room[], types: (readonly [string, Room])[]): Nodes {
  const [name, largest] = types.at(-1) as [string, Room];
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

function minus(a: Room, b: Room): Room {
  return { millicores: a.millicores - b.millicores, mebibytes: a.mebibytes - b.mebibytes };
}

const told = ({ millicores, mebibytes }: Room): string => `${millicores / 1000} CPU and ${mebibytes} MiB`;

function requestsOf(workload: Inputs): Room {
  const containers: Inputs[] = workload.spec?.template?.spec?.containers ?? [];
  const requests = containers.map(({ resources }) => roomFor(resources));
  return requests.reduce(plus, { millicores: 0, mebibytes: 0 });
}

const roomFor = (resources: Inputs | undefined): Room => ({
  millicores: millicores(resources?.requests?.cpu),
  mebibytes: mebibytes(resources?.requests?.memory),
});

/** What add-ons of EKS run as they come: pods of their own, and one on each node. */
const addOns: Record<string, { pods: Room[]; daemons: Room[] }> = {
  "metrics-server": { pods: [1, 2].map(() => ({ millicores: 100, mebibytes: 200 })), daemons: [] },
  // The operator; the agent and Fluent Bit (values.yaml of aws-observability/helm-charts, 2026-11).
  "amazon-cloudwatch-observability": {
    pods: [{ millicores: 100, mebibytes: 64 }],
    daemons: [
      { millicores: 250, mebibytes: 128 },
      { millicores: 50, mebibytes: 25 },
    ],
  },
};

const addOnsOf = (steps: Step[]) =>
  steps.flatMap(({ type, inputs }) =>
    type === "aws:eks/addon:Addon" ? (addOns[inputs.addonName] ?? []) : [],
  );

/** Without replicas of its own, a workload has at least as many as its autoscaler keeps. */
function replicasOf(workload: Inputs, steps: Step[]): number {
  if (typeof workload.spec?.replicas === "number") return workload.spec.replicas;
  const scalers = steps.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler"));
  const own = scalers.find(({ inputs }) => inputs.spec?.scaleTargetRef?.name === workload.metadata?.name);
  return own?.inputs.spec?.minReplicas ?? 1;
}

/** In how many zones its pods must be. Each needs a node. */
function leastZones(workload: Inputs, steps: Step[]): number {
  const constraints: Inputs[] = workload.spec?.template?.spec?.topologySpreadConstraints ?? [];
  const zones = constraints.find(
    ({ topologyKey, whenUnsatisfiable }) =>
      topologyKey === "topology.kubernetes.io/zone" && whenUnsatisfiable === "DoNotSchedule",
  );
  return Math.min(replicasOf(workload, steps), zones?.minDomains ?? 1);
}
