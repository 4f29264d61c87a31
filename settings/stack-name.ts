import type { Problem } from "./problem.ts";

const LONGEST = 63;

/** RDS' rules for an identifier are the strictest of all that is named after project and stack. */
export function nameProblems(project: string, stack: string): Problem[] {
  if (fits(`${project}-${stack}`)) return [];
  return [
    {
      key: "name of the stack",
      got: `project ${project} and stack ${stack}`,
      allowed: `together, with a hyphen between, at most ${LONGEST} small letters, digits and single hyphens, from a letter, not to a hyphen`,
      fix: `before anything is created, ${renaming(project, stack)}`,
    },
  ];
}

function fits(name: string): boolean {
  return /^[a-z](-?[a-z0-9])*$/.test(name) && name.length <= LONGEST;
}

/** The stack's name gives way first; a project's also stands before the keys of the stack files. */
function renaming(project: string, stack: string): string {
  const other = allowed(stack, LONGEST - 1 - project.length) || "prod";
  if (fits(`${project}-${other}`)) return `pulumi stack rename ${other}`;
  const name = allowed(project, LONGEST / 2).replace(/^[^a-z]+/, "") || "service";
  const short = allowed(stack, LONGEST / 2 - 1) || "prod";
  return `set \`name: ${name}\` in Pulumi.yaml and before the keys of the stack's file, then pulumi stack init ${short}`;
}

/** The nearest that the rules let through. */
function allowed(name: string, longest: number): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "");
  return plain.slice(0, Math.max(0, longest)).replace(/-$/, "");
}
