import { parseArgs } from "node:util";
import { PlanError } from "./problem.ts";

export const formats = ["markdown", "html", "json"] as const;
export type Format = (typeof formats)[number];

export interface Arguments {
  /** One stack, or two: how the second differs from the first. */
  stacks: string[];
  /** Git revision to compare the one stack with. */
  against: string | undefined;
  /** All of them when none is named. */
  formats: readonly Format[];
  /** Folder that the files go to. */
  output: string;
}

const usage = "npm run plan -- dev, npm run plan -- dev prod, npm run plan -- dev --against main";

export function parseArguments(args: string[]): Arguments {
  const { values, positionals: stacks } = parse(args);
  const { against, format, output = "plan-output" } = values;
  if (stacks.length < 1 || stacks.length > 2) {
    const got = stacks.length === 0 ? "none" : stacks.join(" ");
    throw new PlanError("stacks", { got, allowed: "one, or two to compare", fix: usage });
  }
  if (against !== undefined && stacks.length > 1) {
    const allowed = "either two stacks or one with --against";
    throw new PlanError("--against", {
      got: `${against} beside ${stacks.join(" and ")}`,
      allowed,
      fix: usage,
    });
  }
  const one = formats.find((known) => known === format);
  if (format !== undefined && !one) {
    const fix = "npm run plan -- dev --format markdown";
    throw new PlanError("--format", { got: format, allowed: formats.join(", "), fix });
  }
  return { stacks, against, formats: one ? [one] : formats, output };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { against: text, format: text, output: text },
    });
  } catch (error) {
    const allowed = "--against <git revision>, --format <format>, --output <folder>";
    throw new PlanError("options", { got: (error as Error).message, allowed, fix: usage });
  }
}
