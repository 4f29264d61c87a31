import { quoted, shortened } from "./problem.ts";

/** One thing that a stack may set. Without a default it must be set. */
export interface Setting<T = unknown> {
  readonly type: "string" | "integer" | "boolean" | "array" | "object";
  /** One sentence for whoever sets it. */
  readonly about: string;
  /** What may be set, in words. */
  readonly allowed: string;
  readonly default?: T;
  /** Whether it may stay unset, although there is no default. */
  readonly isOptional?: boolean;
  /** A value for the command that sets it. */
  readonly example: string;
  /** What the text means. Pulumi hands over every value as a string. */
  parse(raw: string): Parsed<T>;
}

export type Parsed<T> = { readonly value: T } | { readonly fault: Fault };

/** Why a text isn't allowed. */
export interface Fault {
  /** Goes on after what was given, such as "whose network is 203.0.113.0/24". */
  why?: string;
  /** Commands that repair it, where another value of the setting wouldn't. */
  fix?: (key: string) => string;
  /** The value that was probably meant. */
  instead?: string;
}

interface About<T> {
  about: string;
  default?: T;
}

/** What a text has to be. */
export interface Grammar {
  /** In words. */
  allowed: string;
  /** Must match as a whole. */
  pattern: RegExp;
  /** What is wrong with a text that matches. */
  fault?: (text: string) => Fault | undefined;
  example?: string;
}

export function text(setting: About<string> & Grammar): Setting<string> {
  const example = setting.default ?? setting.example ?? "…";
  return {
    type: "string",
    about: setting.about,
    default: setting.default,
    allowed: setting.allowed,
    example,
    parse: (raw) => {
      const fault = faultOf(raw, setting);
      return fault ? { fault } : { value: raw };
    },
  };
}

export function choice<const V extends string>(
  setting: About<NoInfer<V>> & { default: NoInfer<V>; of: readonly V[] },
): Setting<V> {
  return {
    type: "string",
    about: setting.about,
    default: setting.default,
    allowed: setting.of.join(", "),
    example: setting.default,
    parse: (raw) => {
      const value = setting.of.find((one) => one === raw);
      // Only the case, or blanks around it: it's plain what was meant.
      const instead = setting.of.find((one) => one.toLowerCase() === raw.trim().toLowerCase());
      return value === undefined ? { fault: { instead } } : { value };
    },
  };
}

interface Integer extends About<number> {
  default: number;
  /** Least and most, both allowed. */
  range: readonly [number, number];
  unit?: string;
  /** What sets a limit that one wouldn't expect. */
  because?: string;
}

export function integer({
  about,
  default: usual,
  range: [least, most],
  unit,
  because,
}: Integer): Setting<number> {
  return {
    type: "integer",
    about,
    default: usual,
    allowed: `${least} to ${most}${unit ? ` ${unit}` : ""}${because ? ` (${because})` : ""}`,
    example: String(usual),
    parse: (raw) => {
      // One way to write each number: YAML has taken a leading zero for octal.
      const value = /^(0|[1-9]\d*)$/.test(raw) ? Number(raw) : Number.NaN;
      return value >= least && value <= most ? { value } : { fault: {} };
    },
  };
}

export function seconds(setting: Omit<Integer, "unit">): Setting<number> {
  return integer({ ...setting, unit: "seconds" });
}

export function flag(setting: About<boolean> & { default: boolean }): Setting<boolean> {
  return {
    type: "boolean",
    ...setting,
    allowed: "true, false",
    example: String(setting.default),
    parse: (raw) =>
      raw === "true" || raw === "false"
        ? { value: raw === "true" }
        : { fault: { instead: ["true", "false"].find((value) => value === raw.trim().toLowerCase()) } },
  };
}

export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, isOptional: true };
}

interface List extends Grammar {
  about: string;
  example: string;
  /** Any number unless it's said. */
  most?: number;
}

/** Different texts; none by default. */
export function list({ about, allowed, example, most, ...grammar }: List): Setting<readonly string[]> {
  const number = most === undefined ? "" : `at most ${most} `;
  return {
    type: "array",
    about,
    default: [],
    allowed: `a list of ${number}${allowed}, each once`,
    example,
    parse: (raw) => {
      const given = json(raw);
      if (!Array.isArray(given)) return { fault: { why: "which is no list", fix: anew(example) } };
      // YAML and `pulumi config set` take a text of digits for a number.
      const items = given.map((item) => (Number.isSafeInteger(item) ? String(item) : item));
      const wrong = items.map((item) => faultOf(item, { ...grammar, allowed })).findIndex(Boolean);
      if (wrong >= 0) return { fault: faultOfItem(items[wrong], wrong, { ...grammar, allowed, example }) };
      const names = items.map((item) => item.toLowerCase());
      const again = names.findIndex((name, index) => names.indexOf(name) < index);
      if (again >= 0)
        return { fault: { why: `which has ${quoted(items[again])} twice`, fix: without(again) } };
      if (most !== undefined && items.length > most)
        return { fault: { why: `which has ${items.length}`, fix: without(most) } };
      return { value: Object.freeze(items) };
    },
  };
}

function faultOf(text: unknown, { pattern, fault }: Grammar): Fault | undefined {
  return typeof text === "string" && whole(pattern).test(text) ? fault?.(text) : {};
}

function faultOfItem(item: unknown, index: number, grammar: Grammar & { example: string }): Fault {
  const { why, instead } = faultOf(item, grammar) ?? {};
  const said = typeof item === "string" ? quoted(item) : shortened(JSON.stringify(item));
  return {
    why: `where [${index}] is ${said}${why ? `, ${why}` : ""}`,
    fix: (key) => `pulumi config set --path '${key}[${index}]' ${instead ?? grammar.example}`,
  };
}

/** A value that is no list has no items to set. */
const anew = (example: string) => (key: string) =>
  `pulumi config rm ${key}, then pulumi config set --path '${key}[0]' ${example}`;

const without = (index: number) => (key: string) => `pulumi config rm --path '${key}[${index}]'`;

function whole(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`);
}

function json(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
