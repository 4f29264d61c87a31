// What a change of inputs does to a resource that exists: nothing, an update, or a replacement.
import type { Properties, Property } from "./properties.ts";
import { type Bag, isBag, isEqual, isUnknown } from "./values.ts";

export interface Difference {
  /** Name of the top-level property. */
  property: string;
  replaces: boolean;
}

/** Compares a resource's state with its new inputs. What AWS computed, and the inputs leave out, doesn't count. */
export function differences(properties: Properties, state: Bag, inputs: Bag): Difference[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    if (property.isSame?.(state[name], inputs[name], inputs)) return [];
    const changes = changesOf(property, state[name], inputs[name]);
    return changes.length > 0 ? [{ property: name, replaces: changes.includes(true) }] : [];
  });
}

/** One entry for each changed value: whether it needs a replacement. */
function changesOf(property: Property, old: unknown, next: unknown): boolean[] {
  if (next === undefined && property.computed) return [];
  if (property.fields && !isUnknown(next) && !isSet(property.replaceOnChange)) {
    const [oldFields, nextFields] = [(old ?? {}) as Bag, (next ?? {}) as Bag];
    return Object.entries(property.fields).flatMap(([name, field]) =>
      changesOf(field, oldFields[name], nextFields[name]),
    );
  }
  if (isSame(property, old, next)) return [];
  const rule = property.replaceOnChange ?? false;
  return [typeof rule === "function" ? rule(old, next) : rule];
}

const isSet = (rule: Property["replaceOnChange"]): boolean => rule !== undefined && rule !== false;

function isSame(property: Property, old: unknown, next: unknown): boolean {
  return isEqual(comparable(property, old, next), comparable(property, next, old));
}

/** The value without what makes no difference: the order in a set, the layout of JSON, what AWS computed. */
function comparable(property: Property, value: unknown, other: unknown): unknown {
  if (value === undefined || isUnknown(value)) return value;
  if (property.kind === "json") return canonical(JSON.parse(value as string));
  if (property.fields) {
    const [mine, others] = [value as Bag, (other ?? {}) as Bag];
    const counted = Object.entries(property.fields).filter(
      ([name, field]) => mine[name] !== undefined && !(field.computed && others[name] === undefined),
    );
    return Object.fromEntries(
      counted.map(([name, field]) => [name, comparable(field, mine[name], others[name])]),
    );
  }
  const { item } = property;
  if (!item || !Array.isArray(value)) return canonical(value);
  const others = Array.isArray(other) ? other : [];
  const entries = value.map((entry, index) => comparable(item, entry, others[index]));
  return property.kind === "set" ? entries.map((entry) => JSON.stringify(entry)).sort() : entries;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isBag(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([key, entry]) => [key, canonical(entry)]),
  );
}

/** The new inputs over the old state, keeping at every depth what AWS computed. */
export function merge(properties: Properties, state: Bag, inputs: Bag): Bag {
  const kept = Object.entries(state).filter(([name]) => !(name in properties) || properties[name]?.computed);
  const result: Bag = { ...Object.fromEntries(kept), ...inputs };
  for (const [name, { fields }] of Object.entries(properties)) {
    if (fields && isBag(state[name]) && isBag(inputs[name]))
      result[name] = merge(fields, state[name], inputs[name]);
  }
  return result;
}
