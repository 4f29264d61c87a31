import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { EVICTABLE } from "./rollout.ts";

export interface Scaling {
  minReplicas: number;
  maxReplicas: number;
  /** Share of the CPU request that pods use on average before there are more of them. */
  targetCpuPercent: number;
  /** Share of the memory request that pods use on average before there are more of them; 0 for no matter how much. */
  targetMemoryPercent: number;
  /** Requests in flight that pods have on average before there are more of them; 0 for no matter how many. */
  targetRequestsInFlight: number;
}

/** Where a Deployment is found, and by which labels its pods. */
export interface Target {
  namespace: pulumi.Input<string>;
  name: string;
  labels: Record<string, string>;
}

/**
 * Without metrics it still keeps the replicas between least and most.
 * @param inFlight name of the metric of requests in flight, if they count
 */
export function autoscaler(
  name: string,
  { minReplicas, maxReplicas, targetCpuPercent, targetMemoryPercent, targetRequestsInFlight }: Scaling,
  inFlight: string | undefined,
  target: Target,
  parent: pulumi.Resource,
): HorizontalPodAutoscaler {
  return new HorizontalPodAutoscaler(
    name,
    {
      metadata: { name: target.name, namespace: target.namespace, labels: target.labels },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target.name },
        minReplicas,
        maxReplicas,
        // Of several it takes the one that asks for more pods.
        metrics: [
          share("cpu", targetCpuPercent),
          ...(targetMemoryPercent > 0 ? [share("memory", targetMemoryPercent)] : []),
          ...(inFlight ? [each(inFlight, targetRequestsInFlight)] : []),
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 30,
            policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
          },
          // Slowly, so that a lull between two peaks costs no pods.
          scaleDown: {
            stabilizationWindowSeconds: 300,
            policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
    { parent },
  );
}

function share(name: "cpu" | "memory", averageUtilization: number) {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

function each(name: string, averageValue: number) {
  return {
    type: "Pods",
    pods: { metric: { name }, target: { type: "AverageValue", averageValue: String(averageValue) } },
  };
}

/** Lets nodes be drained one pod at a time, even of a single replica: the budget must never stop a drain. */
export function disruptionBudget(name: string, target: Target, parent: pulumi.Resource) {
  new PodDisruptionBudget(
    name,
    {
      metadata: { name: target.name, namespace: target.namespace, labels: target.labels },
      spec: {
        maxUnavailable: EVICTABLE,
        selector: { matchLabels: target.labels },
        // Pods that aren't ready serve nobody, and would block a drain for as long as they are broken.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    { parent },
  );
}
