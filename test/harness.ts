import type * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import type { Description } from "../description/description.ts";
import { prefixed, projectFile, stackConfig } from "../plan/config.ts";
import * as recording from "../plan/recording.ts";
import { ACCOUNT, knownAtPreview, outputsOf } from "./outputs.ts";

export { stackConfig } from "../plan/config.ts";
export { isSecret, type Recorded, reveal } from "../plan/recording.ts";

type Recorded = recording.Recorded;

/** Stands in for the questions to a cluster's API: the clusters of these tests are nowhere. */
const questions = vi.hoisted(() => ({ ask: vi.fn(), untilAnswering: vi.fn() }));

export { questions };

vi.mock("../components/endpoint.ts", async (original) => ({ ...(await original<object>()), ...questions }));

export class Recording {
  readonly resources: Recorded[];
  readonly warnings: string[];

  constructor(resources: Recorded[], warnings: string[]) {
    this.resources = resources;
    this.warnings = warnings;
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

export interface Options {
  preview?: boolean;
  project?: string;
  stack?: string;
  config?: Record<string, string>;
  /** Outputs of the stack's last update; without one there are none. */
  deployed?: Record<string, unknown>;
  /** Instead of the description's. */
  database?: Description["database"];
  /** The same, for other fields. */
  service?: Partial<Description>;
}

/** Runs what `build` constructs to its end, on mocks that refuse whatever they don't know. */
export async function record<T>(build: () => T | Promise<T>, options: Options = {}): Promise<[Recording, T]> {
  const { preview = false, project = projectFile().name, stack = "test", config = {} } = options;
  deployed = options.deployed ?? {};
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => {
      if (type.startsWith("fastapi-eks:index:")) return { id: undefined, state: {} };
      const outputs = outputsOf(type);
      if (preview) return { id: undefined, state: knownAtPreview(inputs) };
      return { id: `${name}-id`, state: { ...inputs, ...outputs(name, inputs) } };
    },
    call: ({ token, inputs }) => answer(token, inputs),
  };
  const [resources, built, warnings] = await recording.record(build, {
    ...{ mocks, project, stack, config, preview },
  });
  return [new Recording(resources, warnings), built];
}

/** What a stack sets of the project's own, defaults included. */
export function ownConfig(stack: string): Record<string, string> {
  const prefix = `${projectFile().name}:`;
  const own = Object.entries(stackConfig(stack)).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

type Program = typeof import("../index.ts");

/** The whole program with a stack's files, read as the engine reads them. */
export async function program(stack: string, options: Options & { set?: Record<string, unknown> } = {}) {
  const config = { ...stackConfig(stack), ...prefixed(options.set ?? {}, projectFile().name) };
  const { database, service: changes } = options;
  const run = () => {
    vi.resetModules();
    vi.doUnmock("../service.ts");
    if (database || changes) {
      vi.doMock("../service.ts", async (original) => {
        const { service } = await original<typeof import("../service.ts")>();
        return { service: { ...service, ...(database && { database }), ...changes } };
      });
    }
    return import("../index.ts") as Promise<Program>;
  };
  return await record(run, { ...options, stack, config });
}

let logins = 0;

/** Outputs of the stack's last update. */
let deployed: Record<string, unknown> = {};

function answer(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (token) {
    case "pulumi:pulumi:readStackOutputs":
      return { outputs: deployed };
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return { ...inputs, names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: ACCOUNT };
    case "aws:index/getRegion:getRegion":
      return { region: "eu-central-1" };
    case "aws:route53/getZone:getZone":
      return { ...inputs, zoneId: `zone-of-${inputs.name}` };
    case "aws:ecr/getRepository:getRepository":
      return shared(inputs);
    case "aws:ecr/getImage:getImage":
      // The one that no repository has.
      if (inputs.imageDigest === `sha256:${"0".repeat(64)}`) throw new Error("couldn't find resource");
      return inputs;
    case "aws:eks/getAddonVersion:getAddonVersion":
      return { ...inputs, version: `v${inputs.kubernetesVersion}.0-eksbuild.1` };
    case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
      // As ECR does: another password at every login.
      return { userName: "AWS", password: `login-${logins++}` };
    default:
      throw new Error(`no answer for ${token}`);
  }
}

function shared({ name, registryId = "123456789012", region = "eu-central-1" }: Record<string, unknown>) {
  return { name, registryId, region, repositoryUrl: `${registryId}.dkr.ecr.${region}.amazonaws.com/${name}` };
}
