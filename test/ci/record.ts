// Records fixtures/ with the real engine: `npx node test/ci/record.ts`, as root. It takes the emulator's
// instance `scratch`, brings the stack up there and leaves it up: `FASTAPI_EKS_EMULATOR_INSTANCE=scratch npm run reset`.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedPaths, type Digest, type Inputs, keysOf, type Step } from "../../ci/preview.ts";
import { emulatedEnvironment, pulumi } from "../../emulator/cli/pulumi.ts";
import { setUp } from "../../emulator/cli/set-up.ts";
import { up } from "../../emulator/cli/start.ts";
import { dataPath, instanceEnvironment } from "../../emulator/engines/instance.ts";
import { edit, program, removeProgram, write } from "../emulator/machine.ts";
import { cases } from "./cases.ts";

const stack = "dev";
const fixtures = join(import.meta.dirname, "fixtures");
const editedFiles = [
  "foundation.ts",
  "index.ts",
  "Pulumi.dev.yaml",
  ...["app", "cluster", "database", "workload"].map((name) => `components/${name}.ts`),
];
const longestValue = 160;

/** Keeps what the tests are about: small enough to read, and without what differs from machine to machine. */
function trim({ steps = [], diagnostics = [] }: Digest): Digest {
  return {
    steps: steps.filter(({ op }) => op !== "same").map(trimStep),
    diagnostics: diagnostics.map(({ severity, message }) => ({ severity, message })),
  };
}

function trimStep(step: Step): Step {
  const { op, urn, oldState, newState, detailedDiff, replaceReasons } = step;
  // What is created has no diff, and may hold a secret.
  const paths = [...changedPaths(step), "data", "stringData", "password", "secretString"].map(keysOf);
  return {
    op,
    urn,
    ...(oldState && { oldState: { inputs: prune(oldState.inputs, paths) as Inputs } }),
    ...(newState && { newState: { inputs: prune(newState.inputs, paths) as Inputs } }),
    detailedDiff,
    replaceReasons,
  };
}

/** The value with nothing but these paths in it; lists keep their places. */
function prune(value: unknown, paths: string[][]): unknown {
  if (paths.some((path) => path.length === 0) || typeof value !== "object" || value === null) return value;
  const children = Object.entries(value).map(([key, item]) => {
    const below = paths.filter(([first]) => first === key).map(([, ...rest]) => rest);
    return [key, below.length > 0 ? prune(item, below) : undefined] as const;
  });
  return Array.isArray(value) ? children.map(([, item]) => item ?? null) : Object.fromEntries(children);
}

const shorten = (_: string, value: unknown): unknown =>
  typeof value === "string" && value.length > longestValue && !value.startsWith("error")
    ? `${value.slice(0, longestValue)}…`
    : value;

function anonymous(text: string): string {
  return text.replaceAll(program, "/checkout").replaceAll(dataPath(), "/emulator");
}

async function record(name: keyof typeof cases): Promise<void> {
  const before = editedFiles.map((file) => [file, readFileSync(join(program, file), "utf8")] as const);
  cases[name](edit);
  // Also writes the project that the engine sees.
  await pulumi(stack, ["stack", "ls"], false);
  const { status, stdout, stderr } = spawnSync(
    dataPath("bin", "pulumi"),
    ["preview", "--json", "--non-interactive", "--stack", stack],
    { cwd: dataPath("project"), env: emulatedEnvironment(stack), encoding: "utf8", maxBuffer: 256 << 20 },
  );
  for (const [file, text] of before) write(file, text);
  const fixture = { exitCode: status, digest: trim(JSON.parse(stdout)), log: stderr };
  writeFileSync(join(fixtures, `${name}.json`), anonymous(JSON.stringify(fixture, shorten)));
  console.log(`${name}: exit code ${status}, ${fixture.digest.steps?.length} steps`);
}

Object.assign(process.env, instanceEnvironment("scratch"));
try {
  await setUp();
  const { code, output } = await up(stack, false);
  if (code !== 0) throw new Error(output);
  for (const name of Object.keys(cases)) await record(name as keyof typeof cases);
  spawnSync("biome", ["format", "--write", fixtures]);
} finally {
  removeProgram();
}
