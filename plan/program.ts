// Evaluates the program of a folder for one of its stacks: no engine, no provider, no network.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Budgets } from "./budgets.ts";
import { projectFile, stackConfig } from "./config.ts";
import { mocks } from "./mocks.ts";
import { PlanError } from "./problem.ts";
import { type Recorded, record } from "./recording.ts";

export interface Evaluation {
  /** What somebody asked for: `dev`, or `dev at main`. */
  label: string;
  stack: string;
  /** Empty when the stack sets none. */
  region: string;
  /** Sorted by URN, since the order of registration varies with the event loop. */
  resources: Recorded[];
  /** Made by the checks of the same commit. Null if the commit is too old to have them in this shape. */
  budgets: Budgets | null;
  /** What `pulumi preview` would warn of when nothing exists yet. */
  warnings: string[];
}

export interface Source {
  /** Folder with Pulumi.yaml and index.ts. */
  root: string;
  stack: string;
  label: string;
}

let evaluations = 0;

export async function evaluate({ root, stack, label }: Source): Promise<Evaluation> {
  checkStack(root, stack, label);
  const config = stackConfig(stack, root);
  const run = async () => {
    // The query makes Node evaluate the program anew; its components are only loaded once.
    await import(`${moduleUrl(root, "index.ts")}?${evaluations++}`);
    if (!existsSync(join(root, "service.ts"))) return null;
    const { service } = await import(moduleUrl(root, "service.ts"));
    const { loadSettings } = await import(moduleUrl(root, "settings/load.ts"));
    const { budgets } = await import(moduleUrl(root, "plan/budgets.ts"));
    return budgets(loadSettings(), service) as Budgets;
  };
  const before = process.cwd();
  // As the engine does; the program reads its files relative to this.
  process.chdir(root);
  try {
    const { name: project } = projectFile();
    const options = { mocks: mocks(config), project, stack, config, preview: true };
    const [resources, budgets, warnings] = await wholly(() => record(run, options));
    const region = config["aws:region"] ?? "";
    return { label, stack, region, resources: resources.sort(byUrn), budgets, warnings };
  } finally {
    process.chdir(before);
  }
}

/** Fails on errors in an `apply` too, which nobody can catch. */
async function wholly<T>(run: () => Promise<T>): Promise<T> {
  const errors: unknown[] = [];
  const collect = (error: unknown) => errors.push(error);
  process.on("unhandledRejection", collect);
  try {
    // Node reports them at the end of the event loop's turn.
    const result = await run().finally(() => new Promise(setImmediate));
    if (errors.length > 0) throw errors[0];
    return result;
  } finally {
    process.off("unhandledRejection", collect);
  }
}

function byUrn(a: Recorded, b: Recorded): number {
  return a.urn < b.urn ? -1 : 1;
}

function moduleUrl(root: string, file: string): string {
  return pathToFileURL(join(resolve(root), file)).href;
}

export function hasStack(root: string, stack: string): boolean {
  return /^[\w.-]+$/.test(stack) && existsSync(join(root, `Pulumi.${stack}.yaml`));
}

function checkStack(root: string, stack: string, label: string) {
  if (hasStack(root, stack)) return;
  const stacks = readdirSync(root)
    .flatMap((file) => file.match(/^Pulumi\.([\w.-]+)\.yaml$/)?.[1] ?? [])
    .sort();
  throw new PlanError("stack", {
    got: `${label}, which has no Pulumi.${stack}.yaml`,
    allowed: stacks.join(", ") || "none: there is no stack file",
    fix: `npm run plan -- ${stacks[0] ?? "<stack>"}`,
  });
}
