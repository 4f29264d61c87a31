// The emulated provider as Pulumi's engine drives it, with stand-ins for the real engines behind it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { functions } from "../../emulator/aws/functions.ts";
import { createProvider } from "../../emulator/aws/provider.ts";
import { resourceTypes } from "../../emulator/aws/resource-types.ts";
import type { Provider } from "../../emulator/provider/server.ts";
import * as engines from "./engines.ts";

vi.mock("../../emulator/engines/cluster.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/cluster-access.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/docker.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/endpoints.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/load-balancer.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/metrics-server.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/node-pools.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/postgres.ts", () => import("./engines.ts"));
vi.mock("../../emulator/engines/registry.ts", () => import("./engines.ts"));

export const provider = createProvider("7.48.0", resourceTypes, functions) as Required<Provider>;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "emulator-aws-"));
  vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", folder);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  engines.createCluster.mockResolvedValue({
    endpoint: "https://10.213.0.2:6443",
    certificateAuthority: "Y2E=",
  });
  engines.createInstance.mockResolvedValue({ port: 5432 });
  engines.listImages.mockResolvedValue([]);
});

afterEach(() => {
  vi.resetAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** The emulator's files, by path. */
export function stateFiles(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".json"),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

// biome-ignore lint/suspicious/noExplicitAny: outputs are as loose as the engine's.
export type Outputs = Record<string, any>;

export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const secret = (value: unknown): Outputs => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

export const urn = (type: string, name = "test"): string =>
  `urn:pulumi:dev::project::fastapi-eks:index:Component$aws:${type}::${name}`;

/** What `pulumi preview` does: the inputs as the provider completes them, or its refusal. */
export async function check(type: string, inputs: Outputs, olds: Outputs = {}): Promise<Outputs> {
  const result = await provider.check(urn(type), olds, inputs);
  const [failure] = result.failures ?? [];
  if (failure) throw new Error(failure.reason);
  return result.inputs;
}

export async function create(type: string, inputs: Outputs): Promise<Outputs & { id: string }> {
  const { id, outputs } = await provider.create(urn(type), await check(type, inputs), false);
  return { ...outputs, id };
}

export async function diff(type: string, state: Outputs, inputs: Outputs) {
  const { differences, deleteBeforeReplace } = provider.diff(
    urn(type),
    state,
    await check(type, inputs, state),
  );
  const replaces = differences.filter((change) => change.replaces).map((change) => change.property);
  return { changes: differences.length > 0, replaces, deleteBeforeReplace };
}

export async function update(type: string, state: Outputs, inputs: Outputs): Promise<Outputs> {
  return provider.update(urn(type), state.id, state, await check(type, inputs, state), false);
}

export const destroy = (type: string, { id }: Outputs, timeoutSeconds = 0): Promise<void> =>
  provider.delete(urn(type), id, timeoutSeconds);

/** Of a role that pods take on. */
export const podTrust = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    },
  ],
};
