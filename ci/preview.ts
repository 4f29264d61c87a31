// Runs `pulumi preview --json` and reads what it says.
import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { masked, SECRET } from "./credentials.ts";

/** What the engine prints for a value that isn't known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Inputs as the engine prints them: SECRET for a secret. */
export type Inputs = Record<string, unknown>;

export interface Step {
  op: string;
  urn: string;
  oldState?: { inputs?: Inputs };
  newState?: { inputs?: Inputs };
  /** What changes, by path; some providers don't tell. */
  detailedDiff?: Record<string, { kind: string }> | null;
  /** What makes a replacement of a change. */
  replaceReasons?: string[];
}

export interface Digest {
  steps?: Step[];
  diagnostics?: { severity: string; message: string }[];
}

export interface Preview {
  stack: string;
  /** Everything that would change; as far as the preview got, if there is an `error`. */
  steps: Step[];
  /** What the engine and the providers said, without what looks like a credential in it. */
  error?: string;
}

/** @param output standard output of `pulumi preview --json`; @param log its standard error */
export function readPreview(stack: string, exitCode: number, output: string, log: string): Preview {
  const digest = parse(output);
  const steps = (digest?.steps ?? []).filter(({ op }) => !["same", "read", "refresh"].includes(op));
  if (digest && exitCode === 0) return { stack, steps };
  const errors = (digest?.diagnostics ?? []).filter(({ severity }) => severity === "error");
  const text = errors.map(({ message }) => message.trim()).join("\n\n") || log.trim() || output.trim();
  return { stack, steps, error: masked(stripVTControlCharacters(text)) || `pulumi exited with ${exitCode}` };
}

function parse(output: string): Digest | undefined {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

/** With `refresh`, the changes are those against what is really there, not against what the last update left. */
export function runPreview(stack: string, { refresh }: { refresh: boolean }): Preview {
  const { status, stdout, stderr, error } = spawnSync(
    "pulumi",
    ["preview", "--json", "--non-interactive", "--stack", stack, ...(refresh ? ["--refresh"] : [])],
    { encoding: "utf8", maxBuffer: 256 << 20 },
  );
  if (error) throw error;
  return readPreview(stack, status ?? 1, stdout, stderr);
}

/** `aws:eks/cluster:Cluster` of `urn:pulumi:dev::fastapi-eks::fastapi-eks:index:Cluster$aws:eks/cluster:Cluster::…` */
export const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

export const isReplaced = ({ op }: Step): boolean => op.includes("replace");
export const isDeleted = ({ op }: Step): boolean => op === "delete";

/** The keys of a property path: `a.b[0]["c.d"]` is a, b, 0, c.d. */
export const keysOf = (path: string): string[] =>
  [...path.matchAll(/\["([^"]*)"\]|[^.[\]]+/g)].map(([plain, quoted]) => quoted ?? plain);

/** What is in a secret is a secret. */
export function valueAt(value: unknown, keys: string[]): unknown {
  return keys.reduce<unknown>(
    (parent, key) => (parent === SECRET ? SECRET : (parent as Inputs | undefined)?.[key]),
    value,
  );
}

/** The paths that change, also where the provider doesn't tell them; those that replace first, input or not. */
export function changedPaths(step: Step): string[] {
  return [...new Set([...(step.replaceReasons ?? []), ...differences(step)])];
}

function differences({ detailedDiff, oldState, newState }: Step): string[] {
  const told = Object.keys(detailedDiff ?? {});
  if (told.length > 0) return told;
  if (!oldState?.inputs || !newState?.inputs) return [];
  const [before, after] = [oldState.inputs, newState.inputs];
  const keys = Object.keys({ ...before, ...after });
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
