// An emulator of the tests' own, and a copy of the program that a test may change.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type PulumiResult, pulumi } from "../../emulator/cli/pulumi.ts";
import { reset } from "../../emulator/cli/services.ts";
import { setUp } from "../../emulator/cli/set-up.ts";
import { up } from "../../emulator/cli/start.ts";
import type { Change } from "../../emulator/cli/timeline.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { dataPath, instanceEnvironment } from "../../emulator/engines/instance.ts";
import { adminKubeconfig } from "../../emulator/engines/kubernetes.ts";
import { workerInstances } from "./workers.ts";

const repository = dirname(dirname(import.meta.dirname));
const programFiles = [
  "Pulumi.yaml",
  "Pulumi.dev.yaml",
  "Pulumi.prod.yaml",
  "preload.mjs",
  "foundation.ts",
  "index.ts",
  "outputs.ts",
  "settings.ts",
  "service.ts",
  "package.json",
];
const programFolders = ["components", "pooler", "description", "settings", "checks", "migrations", "app"];
const notSource = /\/(\.venv|\.mypy_cache|\.pytest_cache|\.ruff_cache|__pycache__)$/;

/** Of the worker that runs this file: vitest numbers them from 1. */
export const instance = workerInstances[Number(process.env.VITEST_POOL_ID ?? 1) - 1] ?? "";

Object.assign(process.env, instanceEnvironment(instance));

/** A folder with the program, which the emulator runs in place of the checkout's. */
export const program = mkdtempSync(join(tmpdir(), "fastapi-eks-program-"));
process.env.FASTAPI_EKS_EMULATOR_PROGRAM = program;
for (const name of [...programFiles, ...programFolders]) {
  cpSync(join(repository, name), join(program, name), {
    recursive: true,
    filter: (source) => !notSource.test(source),
  });
}
symlinkSync(join(repository, "node_modules"), join(program, "node_modules"));

export const removeProgram = (): void => rmSync(program, { recursive: true });

/** What a file's builds find of those of the worker's files before it, and the authority that images trust. */
const buildCache = ["docker", "endpoints"];

/** For a file whose tests begin on an emulator without any state but the cache of builds, and leave none. */
export function onFreshEmulator(): void {
  beforeAll(async () => {
    await reset(buildCache);
    await setUp(true);
  });
  afterAll(async () => {
    await reset(buildCache);
    removeProgram();
  });
}

export function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(join(program, file), "utf8");
  const after = change(before);
  if (after === before) throw new Error(`the edit of ${file} changed nothing`);
  writeFileSync(join(program, file), after);
}

export const write = (file: string, text: string): void => writeFileSync(join(program, file), text);
export const remove = (file: string): void => rmSync(join(program, file));

export function kubectl(...args: string[]): string {
  const [cluster = ""] = clusterNames();
  return execFileSync(dataPath("bin", "kubectl"), ["--kubeconfig", adminKubeconfig(cluster), ...args], {
    encoding: "utf8",
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object, whose shape the cluster decides.
export const get = (...args: string[]): any => JSON.parse(kubectl("get", ...args, "--output", "json"));

/** Runs a Pulumi command on another program's stack, beside this one, which stays as it is. */
export async function pulumiOf(folder: string, stack: string, args: string[]): Promise<PulumiResult> {
  process.env.FASTAPI_EKS_EMULATOR_PROGRAM = folder;
  try {
    return await pulumi(stack, args, false);
  } finally {
    process.env.FASTAPI_EKS_EMULATOR_PROGRAM = program;
  }
}

/** What a command said that has to succeed. */
export function succeeded({ code, output }: PulumiResult): string {
  expect(code, output).toBe(0);
  return output;
}

/** Brings a stack up; returns what changed. */
export async function bringUp(stack: string): Promise<string[]> {
  const result = await up(stack, false);
  succeeded(result);
  return changedResources(result.changes);
}

/** How long and how often to look, for `expect.poll`. */
export const minutes = (count: number) => ({ timeout: count * 60_000, interval: 2000 });

/** `op type` of every resource that an update changed, each once, sorted. */
function changedResources(changes: Change[]): string[] {
  const steps = changes.filter(({ urn }) => !urn.split("::")[2]?.endsWith(":index:Stack"));
  return [...new Set(steps.map(({ op, urn }) => `${op} ${urn.split("::")[2]?.split("$").at(-1)}`))].sort();
}

/** `service/type` of everything that there is in the emulated AWS, sorted. */
export const awsResources = (): string[] =>
  readdirSync(dataPath("aws"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dataPath("aws"), entry.parentPath))
    .sort();

/** The command lines of the processes on this machine that name something in the instance's folder. */
export const commandLines = (): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return []; // It has ended meanwhile.
      }
    })
    .filter((line) => line.includes(`${dataPath()}/`));
