import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { parse } from "yaml";
import { knownAtPreview, outputsOf } from "./outputs.ts";

/** What a program asked the engine for, options included: mocks alone would hide those. */
export interface Recorded {
  urn: string;
  type: string;
  name: string;
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
  ignoreChanges: string[];
  createTimeout: string;
}

export class Recording {
  readonly resources: Recorded[];

  constructor(resources: Recorded[]) {
    this.resources = resources;
  }

  /** The only resource of this name that isn't a component, or of this type and name. */
  get(name: string, type = ""): Recorded {
    const found = this.resources.filter((r) => r.name === name && r.type.includes(type || ":"));
    const [one] = found.filter((r) => type || !r.type.startsWith("fastapi-eks:"));
    if (!one) throw new Error(`${name} isn't among ${this.resources.map((r) => r.name).join(", ")}`);
    return one;
  }

  ofType(type: string): Recorded[] {
    return this.resources.filter((r) => r.type === type);
  }
}

const SECRET = "4dabf18193072939515e22adb298388d";

export const isSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null && SECRET in value;

/** The value in Pulumi's wrapping of a secret. */
export function reveal<T>(value: T): T {
  return isSecret(value) ? (value as { value: T }).value : value;
}

export interface Options {
  preview?: boolean;
  project?: string;
  stack?: string;
  config?: Record<string, string>;
}

/** Runs what `build` constructs to its end, on mocks that refuse whatever they don't know. */
export async function record<T>(build: () => T | Promise<T>, options: Options = {}): Promise<[Recording, T]> {
  const { preview = false, project = "fastapi-eks", stack = "test", config = {} } = options;
  const resources: Recorded[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => {
      if (type.startsWith("fastapi-eks:index:")) return { id: undefined, state: {} };
      const outputs = outputsOf(type);
      if (preview) return { id: undefined, state: knownAtPreview(inputs) };
      return { id: `${name}-id`, state: { ...inputs, ...outputs(name, inputs) } };
    },
    call: ({ token, inputs }) => answer(token, inputs),
  };
  await pulumi.runtime.setMocks(mocks, project, stack, preview);
  pulumi.runtime.setAllConfig(config);
  spy(resources);
  const built = await build();
  await pulumi.runtime.disconnect();
  return [new Recording(resources), built];
}

type Program = typeof import("../index.ts");

/** The whole program with a stack's files, read as the engine reads them. */
export async function program(stack: string, options: Options & { set?: Record<string, unknown> } = {}) {
  const config = { ...stackConfig(stack), ...prefixed(options.set ?? {}) };
  const run = () => {
    vi.resetModules();
    return import("../index.ts") as Promise<Program>;
  };
  return await record(run, { ...options, stack, config });
}

/** Pulumi.yaml's defaults under the stack's values, each as the string that a program gets. */
export function stackConfig(stack: string): Record<string, string> {
  const project = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    config: Record<string, { default?: unknown; value?: unknown }>;
  };
  const own = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Record<string, unknown> };
  const defaults = Object.entries(project.config).flatMap(([key, { default: usual, value }]) =>
    (value ?? usual) === undefined ? [] : [[key, value ?? usual]],
  );
  return prefixed({ ...Object.fromEntries(defaults), ...prefixed(own.config) });
}

function prefixed(config: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `fastapi-eks:${key}`,
      text(value),
    ]),
  );
}

export const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex");

let logins = 0;

function answer(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (token) {
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return { ...inputs, names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] };
    case "aws:index/getRegion:getRegion":
      return { region: "eu-central-1" };
    case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
      // As ECR does: another password at every login.
      return { userName: "AWS", password: `login-${logins++}` };
    default:
      throw new Error(`no answer for ${token}`);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the monitor's interface isn't exported.
type Call = (request: any, callback: (error: unknown, response: any) => void) => void;

function spy(resources: Recorded[]) {
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: Call };
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
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent: request.getParent(),
    waitsFor: [
      ...new Set([...request.getDependenciesList(), ...fromProperties, ...(provider ? [provider] : [])]),
    ],
    usesOutputsOf: [...new Set(fromProperties)],
    provider,
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
  };
}
