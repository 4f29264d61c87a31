// `npm run bench`: what the program adds to the SDKs' own start, and to what AWS makes everybody wait for.
// `npm run bench -- service`: what the service adds to FastAPI.
// `npm run bench -- fire`: requests that fail, and writes that are lost, whatever happens to the stack.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { durationOf } from "../plan/durations.ts";
import { buildGraph, type Graph, minutes } from "../plan/graph.ts";
import { evaluate } from "../plan/program.ts";
import { compareService } from "./service.ts";

const RUNS = 9;
const GOAL = 1.3;
const PLAN_SECONDS = 5;
const PATH_GOAL = 1.05;
/** Of Pulumi.yaml. */
const asPulumiDoes = "--import=./preload.mjs";

/** A goal that is missed fails the benchmark. */
function compare(what: string, value: number, goal: number): void {
  const missed = Number(value.toFixed(2)) > goal;
  if (missed) process.exitCode = 1;
  console.log(`  ${what} ${value.toFixed(2)}, goal at most ${goal.toFixed(2)}${missed ? ": missed" : ""}`);
}

/** Milliseconds from the start of a fresh process to the end of its program. */
function measure(script: string, ...nodeArguments: string[]): number {
  const command = [...nodeArguments, join(import.meta.dirname, script)];
  // npm's own commands have a cache that an ordinary program doesn't.
  const env = { ...process.env, NODE_COMPILE_CACHE: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`bench/${script} failed: ${stderr}`);
  return Number(stdout);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function evaluation() {
  const pairs = Array.from({ length: RUNS + 1 }, () => {
    const [empty, program] = [measure("empty.ts"), measure("program.ts", asPulumiDoes)];
    return { empty, program, ratio: program / empty };
  });
  // The first pair fills the disk cache. One after the other, so that a busy machine slows both alike.
  const of = (key: keyof (typeof pairs)[number]) => median(pairs.slice(1).map((pair) => pair[key]));
  console.log(
    `Evaluation: ${of("program").toFixed(0)} ms, an empty program with the same classes ${of("empty").toFixed(0)} ms (medians of ${RUNS}).`,
  );
  compare("ratio", of("ratio"), GOAL);
}

/** What nobody gets around: a network, the slower of cluster and database, the migration, the app. */
function bound({ steps }: Graph): { path: string; seconds: number } {
  const longest = (component: string, ...types: string[]) =>
    types.reduce((sum, type) => {
      const candidates = steps.filter((step) => step.component === component && step.type === type);
      return sum + Math.max(...candidates.map(({ type, inputs }) => durationOf(type, inputs).seconds));
    }, 0);
  const network = longest("network", "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet");
  const cluster = longest("cluster", "aws:eks/cluster:Cluster");
  const database = longest("database", "aws:rds/instance:Instance");
  const migration = longest("migration", "kubernetes:batch/v1:Job");
  const app = longest("app", "kubernetes:apps/v1:Deployment");
  const slower = cluster >= database ? "cluster" : "database (Multi-AZ is slower than the cluster)";
  return {
    path: `network → ${slower} → migration → app`,
    seconds: network + Math.max(cluster, database) + migration + app,
  };
}

async function criticalPath(stack: string) {
  const { resources } = await evaluate({ root: process.cwd(), stack, label: stack });
  const graph = buildGraph(resources);
  const { path, seconds } = bound(graph);
  console.log(
    `Longest path of ${stack}: ${minutes(graph.seconds)}, ${path} alone ${minutes(seconds)}, with AWS' durations.`,
  );
  compare("ratio", graph.seconds / seconds, PATH_GOAL);
}

/** What `npm run plan -- <stack>` does once npm has started it. */
function planning(stack: string) {
  const output = mkdtempSync(join(tmpdir(), "fastapi-eks-bench-"));
  const command = [join(import.meta.dirname, "..", "plan", "main.ts"), stack, "--output", output];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  const seconds = (performance.now() - start) / 1000;
  rmSync(output, { recursive: true });
  if (status !== 0) throw new Error(`plan/main.ts ${stack} failed: ${stderr}`);
  console.log(`Plan of ${stack}, in a fresh process:`);
  compare("seconds", seconds, PLAN_SECONDS);
}

if (process.argv[2] === "service") {
  await compareService();
} else if (process.argv[2] === "fire") {
  // It makes a copy of the program at its import.
  const { fire } = await import("./fire.ts");
  await fire(process.argv.slice(3));
} else {
  evaluation();
  for (const stack of ["dev", "prod"]) {
    await criticalPath(stack);
    planning(stack);
  }
}
