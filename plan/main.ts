// `npm run plan -- <stack> [<stack>] [--against <git revision>] [--format <format>] [--output <folder>]`
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { type Arguments, type Format, parseArguments } from "./arguments.ts";
import type { Document } from "./document.ts";
import { toHtml } from "./html.ts";
import { toMarkdown } from "./markdown.ts";
import { mermaid } from "./mermaid.ts";
import { makePlan, type NotCompared, type Plan } from "./plan.ts";
import { PlanError } from "./problem.ts";
import { type Evaluation, evaluate, hasStack, type Source } from "./program.ts";
import { report } from "./report.ts";
import { withRevision } from "./revision.ts";
import { svg } from "./svg.ts";

/** Everything that may be written, by format. */
const files: Record<Format, Record<string, (plan: Plan, document: Document) => string>> = {
  markdown: {
    "plan.md": (_, document) => toMarkdown(document),
    "graph.mmd": ({ side }) => mermaid(side.graph),
  },
  html: {
    "plan.html": (_, document) => toHtml(document),
    "graph.svg": ({ side }) => svg(side.graph, side.label),
  },
  json: { "plan.json": (plan) => `${JSON.stringify(plan, null, 2)}\n` },
};

async function createPlan({ stacks, against }: Pick<Arguments, "stacks" | "against">): Promise<Plan> {
  const root = process.cwd();
  const [first = "", second] = stacks;
  const one = (stack: string) => evaluate({ root, stack, label: stack });
  if (second !== undefined) {
    const before = await one(first);
    return makePlan(await one(second), before);
  }
  const head = await one(first);
  if (against === undefined) return makePlan(head, null);
  const base = await withRevision(against, (other, commit) =>
    evaluateBase({ root: other, stack: first, label: `${first} at ${commit}` }),
  );
  return makePlan(head, base);
}

/** An error of the base isn't this side's fault. This side may be the one that repairs it. */
async function evaluateBase(source: Source): Promise<Evaluation | NotCompared> {
  const { root, stack, label } = source;
  if (!hasStack(root, stack)) return { label, why: `There is no Pulumi.${stack}.yaml: the stack is new.` };
  try {
    return await evaluate(source);
  } catch (error) {
    // The folder is another one each time.
    return { label, why: String((error as Error).message).replaceAll(root, ".") };
  }
}

/** @returns the names of the files that it wrote. */
function writePlan(
  plan: Plan,
  document: Document,
  { formats, output }: Pick<Arguments, "formats" | "output">,
): string[] {
  mkdirSync(output, { recursive: true });
  // An older plan's files would be taken for this one's.
  for (const name of Object.values(files).flatMap(Object.keys)) rmSync(join(output, name), { force: true });
  return formats.flatMap((format) =>
    Object.entries(files[format]).map(([name, render]) => {
      writeFileSync(join(output, name), render(plan, document));
      return join(output, name);
    }),
  );
}

async function main() {
  const args = parseArguments(process.argv.slice(2));
  const plan = await createPlan(args);
  const document = report(plan);
  const written = writePlan(plan, document, args);
  const lines = [
    document.title,
    ...document.headlines.map((line) => `  ${line}`),
    `Written: ${written.join(", ")}`,
  ];
  console.log(lines.join("\n").replace(/[*`]/g, ""));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    // What somebody can repair comes without a stack trace.
    const known = error instanceof PlanError || RunError.isInstance(error);
    console.error(known ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
