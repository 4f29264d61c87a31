import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type Problem } from "../settings/problem.ts";

const FILE = "service.ts";

/** Strings, comments, brackets, and `key:`, in this order, so that none is looked for inside of another. */
const TOKENS =
  /"(?:\\.|[^"\\])*"(?!\s*:)|'(?:\\.|[^'\\])*'(?!\s*:)|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\/|[{}[\]()]|["']?([\w$-]+)["']?\s*:/g;

/**
 * Where a field of the description is, such as `http.port`: `service.ts:12`, or the nearest line around it.
 * @param name of the service, where the file describes several
 */
export function lineOf(field: string, name?: string, folder = join(import.meta.dirname, "..")): string {
  const line = lineIn(readFileSync(join(folder, FILE), "utf8"), field, name);
  return line === undefined ? FILE : `${FILE}:${line}`;
}

/** A problem with the line to change in front. */
export function located(problem: Problem, name?: string): string {
  return `${lineOf(problem.key, name)} ${describe(problem)}`;
}

export function lineIn(source: string, field: string, name?: string): number | undefined {
  const keys = field.split(".");
  const found = descriptions(source).find((keys) =>
    name === undefined ? keys.has("name") : keys.get("name")?.value === name,
  );
  for (let length = keys.length; length > 0 && found; length--) {
    const key = found.get(keys.slice(0, length).join("."));
    if (key) return key.line;
  }
  return found?.get("name")?.line;
}

interface Key {
  line: number;
  /** What follows, if that is a text. */
  value: string | undefined;
}

/** The keys of each outermost object, by their paths. */
function descriptions(source: string): Map<string, Key>[] {
  const found: Map<string, Key>[] = [];
  /** One entry for each open bracket: the key in front of it. */
  const open: string[] = [];
  let key = "";
  for (const { 0: token, 1: name, index } of source.matchAll(TOKENS)) {
    if (/^[{[(]$/.test(token)) {
      if (token === "{" && open.length === 0) found.push(new Map());
      open.push(key);
      key = "";
    } else if (/^[}\])]$/.test(token)) key = open.pop() ?? "";
    else if (name && open.length > 0) {
      key = name;
      const path = [...open.slice(1), key].join(".");
      const line = source.slice(0, index).split("\n").length;
      const [, value] = /^\s*["']([^"'\n]*)["']/.exec(source.slice(index + token.length)) ?? [];
      found.at(-1)?.set(path, { line, value });
    }
  }
  return found;
}
