import { EVICTABLE, LEAST_ZONES } from "../components/rollout.ts";
import type { Problem } from "../settings/problem.ts";

export interface AvailabilitySettings {
  protect: boolean;
  network: { zones: number };
  app: { minReplicas: number; maxReplicas: number };
}

export interface AvailabilityBudget {
  minReplicas: number;
  maxReplicas: number;
  zones: number;
  /** Fewest pods that serve while a node is drained. */
  leftInDrain: number;
  /** Fewest pods that serve after the zone with most of them is lost. Only LEAST_ZONES zones may have nodes. */
  leftWithoutZone: number;
  smallest: { appMinReplicas: number };
  largest: { appMinReplicas: number };
}

export function availabilityBudget({ protect, network, app }: AvailabilitySettings): AvailabilityBudget {
  const { minReplicas, maxReplicas } = app;
  return {
    minReplicas,
    maxReplicas,
    zones: network.zones,
    leftInDrain: minReplicas - EVICTABLE,
    leftWithoutZone: minReplicas - Math.ceil(minReplicas / LEAST_ZONES),
    smallest: { appMinReplicas: protect ? EVICTABLE + 1 : 1 },
    largest: { appMinReplicas: maxReplicas },
  };
}

export function availabilityProblems(settings: AvailabilitySettings): Problem[] {
  const { minReplicas, maxReplicas, leftInDrain, smallest, largest } = availabilityBudget(settings);
  const problems: Problem[] = [];
  if (minReplicas > largest.appMinReplicas)
    problems.push({
      key: "appMinReplicas",
      got: String(minReplicas),
      allowed: `appMaxReplicas ${maxReplicas} or less`,
      fix: `pulumi config set appMinReplicas ${maxReplicas}, or pulumi config set appMaxReplicas ${minReplicas}`,
    });
  const raised = smallest.appMinReplicas;
  const most = maxReplicas < raised ? `, then pulumi config set appMaxReplicas ${raised}` : "";
  if (settings.protect && leftInDrain < 1)
    problems.push({
      key: "appMinReplicas",
      got: String(minReplicas),
      allowed: `${raised} or more where protect is true (a drained node or a lost zone takes every pod)`,
      fix: `pulumi config set appMinReplicas ${raised}${most}`,
    });
  return problems;
}
