import type { Problem } from "../settings/problem.ts";

type Named = readonly [key: string, value: number];

export function atLeast([key, value]: Named, least: number, why: string): Problem[] {
  return value >= least ? [] : [outside([key, value], `${least} or more (${why})`, least)];
}

function outside([key, value]: Named, allowed: string, nearest: number): Problem {
  return { key, got: String(value), allowed, fix: `pulumi config set ${key} ${nearest}` };
}
