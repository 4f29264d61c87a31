// Inputs that may be shown: without secrets, without what only a provider knows, and not too long.
import { createHash } from "node:crypto";
import { runtime } from "@pulumi/pulumi";
import { isSecret, type Recorded, reveal } from "./recording.ts";

const MASK = "[secret]";
const KNOWN_LATER = "(known after creation)";
const LONGEST = 1000;

// biome-ignore lint/suspicious/noExplicitAny: inputs are as varied as the resource types.
export type Inputs = Record<string, any>;

export function shownInputs({ type, inputs }: Recorded): Inputs {
  const shown = show(inputs) as Inputs;
  if (type !== "kubernetes:core/v1:Secret") return shown;
  // Whatever the program says of them: this is what Kubernetes' secrets are for.
  return { ...shown, ...masked("data", inputs), ...masked("stringData", inputs) };
}

function masked(key: string, inputs: Inputs): Inputs {
  const names = Object.keys(reveal(inputs[key]) ?? {});
  return names.length === 0 ? {} : { [key]: Object.fromEntries(names.map((name) => [name, MASK])) };
}

function show(value: unknown): unknown {
  if (isSecret(value)) return MASK;
  if (value === runtime.unknownValue) return KNOWN_LATER;
  if (typeof value === "string") return value.length > LONGEST ? abridged(value) : value;
  if (Array.isArray(value)) return value.map(show);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(item)]));
}

/** The hash still tells whether it changed. */
function abridged(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `(${text.length.toLocaleString("en-US")} characters, sha256 ${hash}…)`;
}

/** Every value under its path, such as `spec.template.spec.containers[0].image`. */
export function flatten(value: unknown, path = ""): [path: string, value: string][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => flatten(item, `${path}[${index}]`));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => flatten(item, path ? `${path}.${key}` : key));
  }
  if (typeof value !== "string") return [[path, JSON.stringify(value)]];
  const document = /^[{[]/.test(value) ? fromJson(value) : undefined;
  return document === undefined ? [[path, value]] : flatten(document, path);
}

/** Policies and kubeconfigs are texts that hold JSON. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
