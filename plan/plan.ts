// The plan itself, as plan.json has it; plan/schema.json describes it.
import type { Budgets } from "./budgets.ts";
import { type Change, changes } from "./changes.ts";
import { type Cost, estimate } from "./cost.ts";
import { type Destroy, destroy } from "./destroy.ts";
import { buildGraph, type Graph } from "./graph.ts";
import { type Manifest, manifests } from "./manifests.ts";
import type { Evaluation } from "./program.ts";

/** Raised whenever a reader of plan.json would have to change. */
const SCHEMA_VERSION = 2;

/** One evaluated stack. */
export interface Side {
  label: string;
  stack: string;
  region: string;
  graph: Graph;
  manifests: Manifest[];
  budgets: Budgets | null;
  cost: Cost;
  destroy: Destroy;
  warnings: string[];
}

export interface Plan {
  schemaVersion: typeof SCHEMA_VERSION;
  /** What is planned. */
  side: Side;
  /** What it is compared with. */
  against: Side | null;
  comparison: Comparison | null;
  /** What there should have been a comparison with, and why there is none. */
  notCompared: NotCompared | null;
}

export interface NotCompared {
  label: string;
  why: string;
}

/** From `against` to `side`. */
export interface Comparison {
  changes: Change[];
  cents: number;
  componentCents: Record<string, number>;
}

export function makePlan(evaluation: Evaluation, other: Evaluation | NotCompared | null): Plan {
  const notCompared = other && "why" in other ? other : null;
  const side = sideOf(evaluation);
  const against = other && !("why" in other) ? sideOf(other) : null;
  const comparison = against && compare(against, side);
  return { schemaVersion: SCHEMA_VERSION, side, against, comparison, notCompared };
}

function sideOf({ label, stack, region, resources, budgets, warnings }: Evaluation): Side {
  const graph = buildGraph(resources);
  const { steps } = graph;
  return {
    ...{ label, stack, region, graph, budgets, warnings },
    manifests: manifests(steps),
    cost: estimate(steps),
    destroy: destroy(steps),
  };
}

function compare(before: Side, after: Side): Comparison {
  const components = [...new Set([before, after].flatMap(({ cost }) => Object.keys(cost.components)))].sort();
  const delta = (component: string) =>
    (after.cost.components[component] ?? 0) - (before.cost.components[component] ?? 0);
  return {
    changes: changes(before.graph.steps, after.graph.steps),
    cents: after.cost.totalCents - before.cost.totalCents,
    componentCents: Object.fromEntries(components.map((component) => [component, delta(component)])),
  };
}
