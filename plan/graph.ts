// When everything comes up, and which resources the whole has to wait for.
import { durationOf } from "./durations.ts";
import type { Recorded } from "./recording.ts";
import { type Inputs, shownInputs } from "./values.ts";

/** A resource and when it is created, in seconds from the start. */
export interface Step {
  urn: string;
  type: string;
  name: string;
  component: string;
  /** URNs. */
  waitsFor: string[];
  start: number;
  end: number;
  critical: boolean;
  protect: boolean;
  /** Pulumi forgets it at a destroy, and it stays. */
  retainOnDelete: boolean;
  /** Properties that Pulumi leaves as they are, once the resource is there. */
  ignoreChanges: string[];
  /** Without secrets. */
  inputs: Inputs;
}

/** A component and the time that its resources span. */
export interface Stage {
  component: string;
  resources: number;
  start: number;
  end: number;
  /** How much of the critical path it accounts for. */
  criticalSeconds: number;
  critical: boolean;
  /** Components that it waits for, without those that follow from others. */
  after: string[];
}

export interface Graph {
  /** In the order of creation. */
  steps: Step[];
  stages: Stage[];
  /** Components, from the first to the last. */
  criticalPath: string[];
  seconds: number;
}

export function buildGraph(resources: Recorded[]): Graph {
  const steps = schedule(resources);
  const path = markCriticalPath(steps);
  return {
    steps: [...steps.values()].sort(byTime),
    stages: stagesOf(steps),
    criticalPath: [...new Set(path.map(({ component }) => component))],
    seconds: path.at(-1)?.end ?? 0,
  };
}

/** The engine starts a resource as soon as the last of those that it waits for is there. */
function schedule(resources: Recorded[]): Map<string, Step> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const steps = new Map<string, Step>();
  const visit = (resource: Recorded): Step => {
    const done = steps.get(resource.urn);
    if (done) return done;
    // Components are no work of their own; the engine waits for what is in them.
    const waitsFor = resource.waitsFor.filter((urn) => byUrn.get(urn)?.custom).sort();
    const start = Math.max(0, ...waitsFor.map((urn) => visit(byUrn.get(urn) as Recorded).end));
    const { urn, type, name, protect, retainOnDelete, ignoreChanges } = resource;
    const { seconds } = durationOf(type, resource.inputs);
    const step = {
      ...{ urn, type, name, component: componentOf(resource, byUrn), waitsFor },
      ...{ protect, retainOnDelete, ignoreChanges },
      ...{ start, end: start + seconds, critical: false, inputs: shownInputs(resource) },
    };
    steps.set(urn, step);
    return step;
  };
  for (const resource of resources) if (resource.custom) visit(resource);
  return steps;
}

/** The outermost component around a resource, or the resource itself. */
function componentOf(resource: Recorded, byUrn: Map<string, Recorded>): string {
  const parent = byUrn.get(resource.parent);
  return parent && parent.type !== "pulumi:pulumi:Stack" ? componentOf(parent, byUrn) : resource.name;
}

function markCriticalPath(steps: Map<string, Step>): Step[] {
  const path: Step[] = [];
  let next = latest([...steps.values()]);
  while (next) {
    next.critical = true;
    path.unshift(next);
    next = latest(next.waitsFor.map((urn) => steps.get(urn) as Step));
  }
  return path;
}

function latest(steps: Step[]): Step | undefined {
  return steps.toSorted((a, b) => b.end - a.end || (a.urn < b.urn ? -1 : 1))[0];
}

function byTime(a: Step, b: Step): number {
  return a.start - b.start || a.end - b.end || (a.urn < b.urn ? -1 : 1);
}

function stagesOf(steps: Map<string, Step>): Stage[] {
  const members = Map.groupBy(steps.values(), ({ component }) => component);
  const after = componentEdges(steps);
  const stages = [...members].map(([component, inside]) => {
    const critical = inside.filter((step) => step.critical);
    return {
      component,
      resources: inside.length,
      start: Math.min(...inside.map(({ start }) => start)),
      end: Math.max(...inside.map(({ end }) => end)),
      criticalSeconds: critical.reduce((sum, { start, end }) => sum + end - start, 0),
      critical: critical.length > 0,
      after: after(component),
    };
  });
  return stages.sort((a, b) => a.start - b.start || a.end - b.end || (a.component < b.component ? -1 : 1));
}

function componentEdges(steps: Map<string, Step>): (component: string) => string[] {
  const before = new Map<string, Set<string>>();
  for (const { component, waitsFor } of steps.values()) {
    const others = waitsFor.map((urn) => (steps.get(urn) as Step).component);
    const own = before.get(component) ?? new Set();
    for (const other of others) if (other !== component) own.add(other);
    before.set(component, own);
  }
  // Two components may wait for parts of each other: `seen` ends the search.
  const needs = (from: string, target: string, seen = new Set([from])): boolean =>
    [...(before.get(from) ?? [])].some(
      (other) => other === target || (!seen.has(other) && needs(other, target, seen.add(other))),
    );
  return (component) => {
    const direct = [...(before.get(component) ?? [])];
    return direct.filter((one) => !direct.some((other) => other !== one && needs(other, one))).sort();
  };
}

/** As people say it: 617 seconds are 10.3 min. */
export function minutes(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} min`;
}
