import type { Problem } from "./parse.ts";

/** RDS' rules for an identifier are the strictest of all that is named after project and stack. */
export function nameProblems(project: string, stack: string): Problem[] {
  const name = `${project}-${stack}`;
  if (/^[a-z](-?[a-z0-9])*$/.test(name) && name.length <= 63) return [];
  return [
    {
      key: "name of the stack",
      got: `${stack}, with the project ${name}`,
      allowed: "together at most 63 small letters, digits and single hyphens, from a letter, not to a hyphen",
      fix: "before anything is created, pulumi stack rename prod",
    },
  ];
}
