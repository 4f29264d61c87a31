// Runs a program in memory and keeps what it asked the engine for. Tests and the plan share it.
import * as pulumi from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";

/** What a program asked the engine for, options included. Mocks alone would hide the options. */
export interface Recorded {
  urn: string;
  type: string;
  name: string;
  /** False for a component, which exists in Pulumi alone. */
  custom: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: inputs are as varied as the resource types.
  inputs: any;
  parent: string;
  /** URNs of everything it waits for: by option, by property and by provider. */
  waitsFor: string[];
  /** Of these, the URNs that properties come from. */
  usesOutputsOf: string[];
  provider: string;
  protect: boolean;
  deleteBeforeReplace: boolean;
  retainOnDelete: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  createTimeout: string;
  deleteTimeout: string;
  /** Names of what runs before it is deleted, or refuses that. */
  deleteHooks: string[];
}

export interface Run {
  mocks: pulumi.runtime.Mocks;
  project: string;
  stack: string;
  config: Record<string, string>;
  /** As `pulumi preview` does: what only a provider could tell stays unknown. */
  preview: boolean;
}

/** Runs what `build` constructs to its end; returns what it asked for, what it returned and what it warned of. */
export async function record<T>(
  build: () => T | Promise<T>,
  run: Run,
): Promise<[resources: Recorded[], built: T, warnings: string[]]> {
  const resources: Recorded[] = [];
  const warnings: string[] = [];
  await pulumi.runtime.setMocks(run.mocks, run.project, run.stack, run.preview, "organization");
  pulumi.runtime.setAllConfig(run.config);
  spy(resources);
  // Without an engine, it would go to the console.
  Object.assign(pulumi.log, { warn: async (message: string) => void warnings.push(message) });
  const limit = Error.stackTraceLimit;
  // Pulumi keeps where each of its promises comes from. Under Vitest, which maps every line of that, it was two thirds
  // of the time.
  Error.stackTraceLimit = 1;
  try {
    const built = await build();
    await pulumi.runtime.disconnect();
    return [resources, built, warnings];
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Assets and references to resources are wrapped alike, under another signature. */
export const isSecret = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (value as Record<string, unknown>)[specialSigKey] === specialSecretSig;

/** The value in Pulumi's wrapping of a secret. */
export function reveal<T>(value: T): T {
  return isSecret(value) ? (value as { value: T }).value : value;
}

// biome-ignore lint/suspicious/noExplicitAny: the monitor's interface isn't exported.
type Call = (request: any, callback: (error: unknown, response: any) => void) => void;

function spy(resources: Recorded[]) {
  const monitor = pulumi.runtime.getMonitor() as unknown as Record<
    "registerResource" | "registerResourceHook",
    Call
  >;
  // The mocks know no hooks, and no hook would run: without an engine, no resource has been there before.
  monitor.registerResourceHook = (_request, callback) => callback(null, undefined);
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (!error) resources.push(recorded(request, response.getUrn()));
      callback(error, response);
    });
}

function recorded(request: Parameters<Call>[0], urn: string): Recorded {
  const fromProperties = [...request.getPropertydependenciesMap().entries()].flatMap(
    ([, dependencies]: [string, { getUrnsList?(): string[] } | string[][]]) =>
      Array.isArray(dependencies) ? (dependencies[0] ?? []) : (dependencies.getUrnsList?.() ?? []),
  );
  const provider = request.getProvider().split("::").slice(0, -1).join("::");
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent: request.getParent(),
    waitsFor: [
      ...new Set([...request.getDependenciesList(), ...fromProperties, ...(provider ? [provider] : [])]),
    ],
    usesOutputsOf: [...new Set(fromProperties)],
    provider,
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
    deleteTimeout: request.getCustomtimeouts()?.getDelete() ?? "",
    deleteHooks: request.getHooks()?.getBeforeDeleteList() ?? [],
  };
}
