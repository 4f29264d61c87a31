import { LEAST_ZONES } from "./rollout.ts";

/** Pods of a version in two zones at the least, and on as many nodes as there are. */
export function spreadOut(labels: Record<string, string>) {
  return [
    {
      ...spread("topology.kubernetes.io/zone", labels),
      whenUnsatisfiable: "DoNotSchedule",
      minDomains: LEAST_ZONES,
    },
    // Nodes of one zone go together or one by one; a pod that shares one beats a pod that waits for one.
    { ...spread("kubernetes.io/hostname", labels), whenUnsatisfiable: "ScheduleAnyway" },
  ];
}

function spread(topologyKey: string, matchLabels: Record<string, string>) {
  return {
    topologyKey,
    maxSkew: 1,
    // Nodes that take no pods, lost or drained or kept for Auto Mode's own, would count as the emptiest place.
    nodeTaintsPolicy: "Honor",
    labelSelector: { matchLabels },
    // Each rollout is spread by itself, not around the pods that it replaces.
    matchLabelKeys: ["pod-template-hash"],
  };
}
