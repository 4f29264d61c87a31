import { named, nearest, type Problem, quoted } from "./problem.ts";
import type { Fault, Setting } from "./types.ts";

/** Settings by component; one that concerns several stands beside the groups. */
export type Table = Readonly<Record<string, Setting | Readonly<Record<string, Setting>>>>;

/** What a table's settings hold once they are parsed. */
export type Values<T> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : Values<T[K]>;
};

/** Thrown where a check reads a setting that is wrong by itself: it has to wait until that is right. */
export class WrongSetting extends Error {}

/** All settings under the keys that `pulumi config set` takes. */
export function entries(table: Table): { key: string; setting: Setting }[] {
  return Object.entries(table).flatMap(([group, entry]) =>
    isSetting(entry)
      ? [{ key: group, setting: entry }]
      : Object.entries(entry).map(([name, setting]) => ({ key: keyOf(group, name), setting })),
  );
}

/**
 * Every problem at once: whoever repairs a stack file should need one attempt.
 * @param secrets keys of `raw` that the stack keeps as secrets
 */
export function parse<T extends Table>(
  table: T,
  raw: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): { values: Values<T>; problems: Problem[] } {
  const known = entries(table).map(({ key }) => key);
  const problems = unknownKeys(Object.keys(raw), known);

  const read = (key: string, setting: Setting) => {
    const given = Object.hasOwn(raw, key) ? raw[key] : undefined;
    if (given === undefined && (setting.default !== undefined || setting.isOptional))
      return () => setting.default;
    const parsed = given === undefined || secrets.includes(key) ? undefined : setting.parse(given);
    if (parsed && "value" in parsed) return () => parsed.value;
    problems.push(
      parsed ? wrong(key, setting, quoted(given ?? ""), parsed.fault) : missing(key, setting, given),
    );
    return () => {
      throw new WrongSetting(key);
    };
  };
  const values = frozen(table, (entry, group) => {
    if (isSetting(entry)) return read(group, entry);
    const inside = frozen(entry, (setting, name) => read(keyOf(group, name), setting));
    return () => inside;
  });
  return { values: values as Values<T>, problems };
}

function wrong(key: string, setting: Setting, given: string, { why, fix, instead }: Fault): Problem {
  return {
    key,
    got: why ? `${given}, ${why}` : given,
    allowed: setting.allowed,
    fix: fix?.(key) ?? `pulumi config set ${key} ${instead ?? setting.example}`,
  };
}

/** What isn't there, or may not be looked at. */
function missing(key: string, setting: Setting, given: string | undefined): Problem {
  if (given === undefined) return wrong(key, setting, "nothing", {});
  const fix = `pulumi config rm ${key}, then pulumi config set it without --secret`;
  return {
    key,
    got: "a secret",
    allowed: `a plain value, since it would stand in clear where it goes: ${setting.allowed}`,
    fix,
  };
}

function unknownKeys(given: string[], known: string[]): Problem[] {
  return given
    .filter((key) => !known.includes(key))
    .map(named)
    .map((key) => ({
      key,
      got: "a setting that doesn't exist",
      allowed: `the settings in docs/settings.md; the nearest is ${nearest(key, known)}`,
      fix: `pulumi config rm ${key}, then pulumi config set ${nearest(key, known)} …`,
    }));
}

/** Keys of no namespace that anybody reads, which would go unseen. */
export function unknownNamespaces(keys: string[], known: string[]): Problem[] {
  return keys.flatMap((key) => {
    const [namespace = "", ...name] = key.split(":");
    if (known.includes(namespace)) return [];
    const meant = named(`${nearest(namespace, known)}:${name.join(":")}`);
    return {
      key: named(key),
      got: "a namespace that nothing reads",
      allowed: `${known.join(", ")}; the nearest is ${meant}`,
      fix: `pulumi config rm ${named(key)}, then pulumi config set ${meant} …`,
    };
  });
}

function isSetting(entry: Table[string]): entry is Setting {
  return typeof entry.parse === "function";
}

/** `poolSize` of `database` is set as `databasePoolSize`. */
export function keyOf(group: string, name: string): string {
  return group + name.charAt(0).toUpperCase() + name.slice(1);
}

/** The same keys with what the getters return, once somebody asks. */
function frozen<V>(object: Readonly<Record<string, V>>, getter: (value: V, key: string) => () => unknown) {
  const values = {};
  for (const [key, value] of Object.entries(object)) {
    Object.defineProperty(values, key, { get: getter(value, key), enumerable: true });
  }
  return Object.freeze(values);
}
