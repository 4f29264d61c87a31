/** One thing that a stack may set. Without a default it must be set. */
export interface Setting<T = unknown> {
  readonly type: "string" | "integer" | "boolean" | "array";
  /** One sentence for whoever sets it. */
  readonly about: string;
  /** What may be set, in words. */
  readonly allowed: string;
  readonly default?: T;
  /** Whether it may stay unset, although there is no default. */
  readonly isOptional?: boolean;
  /** A value for the command that repairs a wrong one. */
  readonly example: string;
  /** The value, or undefined when it isn't allowed. Pulumi hands over every value as a string. */
  parse(raw: string): T | undefined;
}

interface About<T> {
  about: string;
  default?: T;
}

interface Text extends About<string> {
  allowed: string;
  /** Must match as a whole. */
  pattern: RegExp;
  example?: string;
}

export function text({ pattern, ...setting }: Text): Setting<string> {
  return {
    type: "string",
    ...setting,
    example: setting.default ?? setting.example ?? "…",
    parse: (raw) => (whole(pattern).test(raw) ? raw : undefined),
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
    parse: (raw) => setting.of.find((value) => value === raw),
  };
}

interface Integer extends About<number> {
  default: number;
  /** Least and most, both allowed. */
  range: readonly [number, number];
  unit?: string;
}

export function integer({ about, default: usual, range: [least, most], unit }: Integer): Setting<number> {
  return {
    type: "integer",
    about,
    default: usual,
    allowed: `${least} to ${most}${unit ? ` ${unit}` : ""}`,
    example: String(usual),
    parse: (raw) => {
      const value = /^-?\d+$/.test(raw) ? Number(raw) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
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
    parse: (raw) => (raw === "true" ? true : raw === "false" ? false : undefined),
  };
}

export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, isOptional: true };
}

/** Any number of different texts; none by default. */
export function list(setting: Omit<Text, "default"> & { example: string }): Setting<readonly string[]> {
  const { pattern, allowed, about, example } = setting;
  const fits = (item: unknown) => typeof item === "string" && whole(pattern).test(item);
  return {
    type: "array",
    about,
    default: [],
    allowed: `a list of ${allowed}, each once`,
    example,
    parse: (raw) => {
      const given = json(raw);
      // YAML and `pulumi config set` take a text of digits for a number.
      const items = Array.isArray(given)
        ? given.map((item) => (Number.isSafeInteger(item) ? String(item) : item))
        : given;
      if (!Array.isArray(items) || !items.every(fits) || new Set(items).size < items.length) return undefined;
      return Object.freeze(items);
    },
  };
}

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
