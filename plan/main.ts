// `npm run plan -- <stack> [<stack>] [--against <git revision>] [--format <format>] [--output <folder>]`
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { type Arguments, type Format, parseArguments } from "./arguments.ts";
import { toHtml } from "./html.ts";
import { toMarkdown } from "./markdown.ts";
import { mermaid } from "./mermaid.ts";
import { makePlan, type Plan } from "./plan.ts";
import { PlanError } from "./problem.ts";
import { evaluate } from "./program.ts";
import { report } from "./report.ts";
import { withRevision } from "./revision.ts";
import { svg } from "./svg.ts";

/** Everything that may be written, by format. */
const files: Record<Format, Record<string, (plan: Plan) => string>> = {
  markdown: {
    "plan.md": (plan) => toMarkdown(report(plan)),
    "graph.mmd": ({ side }) => mermaid(side.graph),
  },
  html: {
    "plan.html": (plan) => toHtml(report(plan)),
    "graph.svg": ({ side }) => svg(side.graph, side.label),
  },
  json: { "plan.json": (plan) => `${JSON.stringify(plan, null, 2)}\n` },
};

export async function createPlan({ stacks, against }: Pick<Arguments, "stacks" | "against">): Promise<Plan> {
  const root = process.cwd();
  const [first = "", second] = stacks;
  const one = (stack: string) => evaluate({ root, stack, label: stack });
  if (second !== undefined) {
    const before = await one(first);
    return makePlan(await one(second), before);
  }
  if (against === undefined) return makePlan(await one(first), null);
  const before = await withRevision(against, (other, commit) =>
    evaluate({ root: other, stack: first, label: `${first} at ${commit}` }),
  );
  return makePlan(await one(first), before);
}

/** @returns the names of the files that it wrote. */
export function writePlan(plan: Plan, { formats, output }: Pick<Arguments, "formats" | "output">): string[] {
  mkdirSync(output, { recursive: true });
  // An older plan's files would be taken for this one's.
  for (const name of Object.values(files).flatMap(Object.keys)) rmSync(join(output, name), { force: true });
  return formats.flatMap((format) =>
    Object.entries(files[format]).map(([name, render]) => {
      writeFileSync(join(output, name), render(plan));
      return join(output, name);
    }),
  );
}

async function main() {
  const args = parseArguments(process.argv.slice(2));
  const plan = await createPlan(args);
  const { title, headlines } = report(plan);
  const written = writePlan(plan, args);
  const lines = [title, ...headlines.map((line) => `  ${line}`), `Written: ${written.join(", ")}`];
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
