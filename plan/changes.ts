// How the resources of two sides differ, property by property.
import type { Step } from "./graph.ts";
import { flatten } from "./values.ts";

export interface Change {
  resource: string;
  type: string;
  /** What happens to it on the way from the first side to the second. */
  op: "create" | "update" | "delete";
  properties: { path: string; before: string | null; after: string | null }[];
}

/** Two stacks always differ in it, so a difference says nothing. */
const STACK_TAG = "tags.environment";

export function changes(before: Step[], after: Step[]): Change[] {
  const [old, now] = [index(before), index(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key): Change[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const { name: resource, type } = (is ?? was) as Step;
    if (!was) return [{ resource, type, op: "create", properties: [] }];
    if (!is) return [{ resource, type, op: "delete", properties: [] }];
    const properties = differences(was, is);
    return properties.length > 0 ? [{ resource, type, op: "update", properties }] : [];
  });
}

/** By type and name: the URN holds the stack, too. */
function index(steps: Step[]): Map<string, Step> {
  return new Map(steps.map((step) => [`${step.type} ${step.name}`, step]));
}

function differences(was: Step, is: Step): Change["properties"] {
  const values = ({ inputs, protect }: Step) => new Map(flatten({ ...inputs, "(protect)": protect }));
  const [old, now] = [values(was), values(is)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter(({ path, before, after }) => before !== after && !(path === STACK_TAG && before && after))
    .filter(({ path }) => !is.ignoreChanges.includes(path));
}
