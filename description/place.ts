import { readFileSync } from "node:fs";

/** Where services are described. */
const FILE = "service.ts";

/** Strings, comments, brackets, and `key:`, in this order, so that none is looked for inside of another. */
const TOKENS =
  /"(?:\\.|[^"\\])*"(?!\s*:)|'(?:\\.|[^'\\])*'(?!\s*:)|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\/|[{}[\]()]|["']?([\w$-]+)["']?\s*:/g;

/**
 * `service.ts:7`, the line that says `path` of the service called `name`, or the nearest line around it.
 * @param path keys from the description inwards, such as `http.port`
 */
export function placeOf(name: string, path: string, file = FILE): string {
  const line = lineOf(readFileSync(file, "utf8"), name, path);
  return line === undefined ? file : `${file}:${line}`;
}

export function lineOf(source: string, name: string, path: string): number | undefined {
  const keys = path.split(".");
  const found = descriptions(source).find((keys) => keys.get("name")?.value === name);
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
