// The language in which a resource type declares its inputs, as Terraform's schemas do.
import { type Bag, containsUnknown, isBag, isUnknown, mapValues } from "./values.ts";

export interface Constraint<T> {
  test(value: T): boolean;
  /** What is allowed, in words. */
  allowed: string;
  /** AWS' error code, where it isn't the service's usual one. */
  code?: string;
}

interface Rules<T> {
  required?: boolean;
  default?: T;
  /** Set by AWS when it is left out; leaving it out later changes nothing. */
  computed?: boolean;
  /** Terraform's ForceNew. */
  replaceOnChange?: boolean | ((old: T | undefined, next: T | undefined) => boolean);
  /** Terraform's DiffSuppressFunc: whether a change is none after all, by the new inputs. Top-level properties only. */
  isSame?: (old: T | undefined, next: T | undefined, inputs: Bag) => boolean;
  /** Kept out of the emulator's state, and out of messages. */
  sensitive?: boolean;
  /** Pulumi makes it from the resource's name when it is left out. */
  autoName?: boolean;
  constraint?: Constraint<T>;
}

type Kind = "string" | "number" | "boolean" | "map" | "list" | "set" | "object" | "json";

export interface Property<T = unknown> extends Rules<T> {
  kind: Kind;
  item?: Property;
  fields?: Properties;
  /** Carries the type only. */
  type?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a property's type is invariant, and a bag of them holds any.
export type Properties = Record<string, Property<any>>;
type Value<P> = P extends Property<infer T> ? T : never;
type Present<P extends Properties> = { [K in keyof P]: undefined extends Value<P[K]> ? never : K }[keyof P];
export type Values<P extends Properties> = { [K in Present<P>]: Value<P[K]> } & {
  [K in Exclude<keyof P, Present<P>>]?: Value<P[K]>;
};

type Typed<T, R> = Property<
  R extends { required: true } | { default: unknown } | { autoName: true } ? T : T | undefined
>;

const kind =
  <T>(name: Kind) =>
  <R extends Rules<T>>(rules?: R): Typed<T, R> =>
    ({ kind: name, ...rules }) as unknown as Typed<T, R>;

export const string = kind<string>("string");
export const number = kind<number>("number");
export const boolean = kind<boolean>("boolean");
/** A string of JSON, or an object that becomes one. */
export const json = kind<string>("json");
export const map = kind<Record<string, string>>("map");

type Item<T> = NonNullable<T>;

export function list<T, R extends Rules<Item<T>[]>>(item: Property<T>, rules?: R): Typed<Item<T>[], R> {
  return { kind: "list", item, ...rules } as unknown as Typed<Item<T>[], R>;
}

/** A list whose order means nothing. */
export function set<T, R extends Rules<Item<T>[]>>(item: Property<T>, rules?: R): Typed<Item<T>[], R> {
  return { kind: "set", item, ...rules } as unknown as Typed<Item<T>[], R>;
}

export function object<P extends Properties, R extends Rules<Values<P>>>(
  fields: P,
  rules?: R,
): Typed<Values<P>, R> {
  return { kind: "object", fields, ...rules } as unknown as Typed<Values<P>, R>;
}

export function oneOf<T extends string | number>(...values: T[]): Constraint<T> {
  return { test: (value) => values.includes(value), allowed: `one of ${values.join(", ")}` };
}

export function between(lowest: number, highest: number): Constraint<number> {
  const test = (value: number) => Number.isInteger(value) && value >= lowest && value <= highest;
  return { test, allowed: `a whole number from ${lowest} to ${highest}` };
}

export function matching(pattern: RegExp, allowed: string, code?: string): Constraint<string> {
  return { test: (value) => pattern.test(value), allowed, code };
}

/** "Tag restrictions" in AWS' user guides, and IAM's pattern, which is the strictest of the services', 2026-11. */
const tagSigns = "[\\p{L}\\p{Z}\\p{N}_.:/=+@-]";
const tagKey = new RegExp(`^(?!aws:)${tagSigns}{1,128}$`, "iu");
const tagValue = new RegExp(`^(?!aws:)${tagSigns}{0,256}$`, "iu");

export const tags = map({
  constraint: {
    test: (bag) =>
      Object.keys(bag).length <= 50 &&
      Object.entries(bag).every(([key, value]) => tagKey.test(key) && tagValue.test(value)),
    allowed:
      "at most 50 tags, keys of 1 to 128 letters, digits, spaces and _.:/=+@-, values of at most 256, neither from aws:",
  },
});

const types: Record<Kind, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  map: (value) => isBag(value) && Object.values(value).every((entry) => typeof entry === "string"),
  list: Array.isArray,
  set: Array.isArray,
  object: isBag,
  json: (value) => typeof value === "string" && isJson(value),
};

function isJson(text: string): boolean {
  try {
    return isBag(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Fills in defaults, at every depth, and turns JSON given as an object into text. */
export function complete(properties: Properties, given: Bag): Bag {
  const named = Object.entries(properties).map(([name, property]) => {
    const value = given[name] ?? property.default;
    const isObject = property.kind === "json" && isBag(value);
    return [name, isObject ? JSON.stringify(value) : completeNested(property, value)];
  });
  return { ...given, ...Object.fromEntries(named.filter(([, value]) => value !== undefined)) };
}

function completeNested(property: Property, value: unknown): unknown {
  if (property.fields && isBag(value)) return complete(property.fields, value);
  const { item } = property;
  return item && Array.isArray(value) ? value.map((entry) => completeNested(item, entry)) : value;
}

/** What is wrong with the values, each one taken by itself. `invalid` is the service's usual error code. */
export function problems(properties: Properties, values: Bag, invalid: string): Problem[] {
  return reasons(properties, values, invalid, "").map(failure);
}

/** An input that is refused; without a property where the reason names it. */
export interface Problem {
  property: string;
  reason: string;
}

/** Named by the reason: the engine would print the property's Go value beside its name. */
export const failure = (reason: string): Problem => ({ property: "", reason });

function reasons(properties: Properties, values: Bag, invalid: string, path: string): string[] {
  const known = Object.keys(properties);
  const unknownNames = Object.keys(values).filter((name) => !known.includes(name));
  return [
    ...unknownNames.map((name) => {
      return `UnknownProperty: the emulator doesn't know ${path}${name}; it knows ${known.join(", ")}`;
    }),
    ...Object.entries(properties).flatMap(([name, property]) =>
      reasonsOf(property, values[name], invalid, path + name),
    ),
  ];
}

function reasonsOf(property: Property, value: unknown, invalid: string, path: string): string[] {
  if (value === undefined) return property.required ? [`MissingParameter: ${path} is required`] : [];
  if (isUnknown(value)) return [];
  const got = property.sensitive ? "[secret]" : JSON.stringify(value);
  if (!types[property.kind](withoutUnknown(value))) {
    return [`${invalid}: ${path} must be a ${property.kind}; got ${got}`];
  }
  const nested = nestedReasons(property, value, invalid, path);
  const { constraint } = property;
  if (nested.length > 0 || !constraint || containsUnknown(value) || constraint.test(value)) return nested;
  return [`${constraint.code ?? invalid}: ${path} is ${got}; allowed: ${constraint.allowed}`];
}

function nestedReasons(property: Property, value: unknown, invalid: string, path: string): string[] {
  const { fields, item } = property;
  if (fields) return reasons(fields, value as Bag, invalid, `${path}.`);
  if (!item) return [];
  return (value as unknown[]).flatMap((entry, index) => reasonsOf(item, entry, invalid, `${path}[${index}]`));
}

/** A value of the same type in place of each unknown one, for the test of types alone. */
function withoutUnknown(value: unknown): unknown {
  return isBag(value) ? mapValues(value, (entry) => (isUnknown(entry) ? "" : entry)) : value;
}
