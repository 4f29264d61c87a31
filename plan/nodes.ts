// How many nodes Auto Mode has to start for what the pods request.
import { mebibytes } from "../checks/memory.ts";
import type { Step } from "./graph.ts";
import { node } from "./prices.ts";
import type { Inputs } from "./values.ts";

export interface Nodes {
  count: number;
  /** How the count comes about, for whoever doubts it. */
  because: string;
}

export function neededNodes(steps: Step[]): Nodes {
  const workloads = steps.filter(({ type }) => /^kubernetes:apps\/v1:(Deployment|StatefulSet)$/.test(type));
  const zones = zonesOf(steps);
  let [cpu, memoryMiB, spread] = [0, 0, 1];
  for (const { inputs } of workloads) {
    const replicas = replicasOf(inputs, steps);
    const pod = inputs.spec?.template?.spec ?? {};
    for (const { resources } of pod.containers ?? []) {
      cpu += replicas * cpus(resources?.requests?.cpu);
      memoryMiB += replicas * mebibytes(resources?.requests?.memory);
    }
    if (pod.topologySpreadConstraints) spread = Math.max(spread, Math.min(replicas, zones));
  }
  const { instanceType, allocatable } = node;
  const fits = Math.max(Math.ceil(cpu / allocatable.cpu), Math.ceil(memoryMiB / allocatable.memoryMiB));
  const requests = `requests of ${Number(cpu.toFixed(3))} CPU and ${memoryMiB} MiB fit on ${fits} ${instanceType}`;
  return {
    count: Math.max(fits, spread),
    because: spread > fits ? `${requests}, but the pods spread over ${spread} zones` : requests,
  };
}

/** Without replicas of its own, a workload has at least as many as its autoscaler keeps. */
function replicasOf(workload: Inputs, steps: Step[]): number {
  if (typeof workload.spec?.replicas === "number") return workload.spec.replicas;
  const scalers = steps.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler"));
  const own = scalers.find(({ inputs }) => inputs.spec?.scaleTargetRef?.name === workload.metadata?.name);
  return own?.inputs.spec?.minReplicas ?? 1;
}

function zonesOf(steps: Step[]): number {
  const cluster = steps.find(({ type }) => type === "aws:eks/cluster:Cluster");
  return cluster?.inputs.vpcConfig?.subnetIds?.length ?? 1;
}

function cpus(quantity = "0"): number {
  return Number.parseInt(quantity, 10) / (quantity.endsWith("m") ? 1000 : 1);
}
