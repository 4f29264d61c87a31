import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "service.ts";

/** Where a field of the description is, as `service.ts:12`: of `http.port`, the first `port:` after `http:`. */
export function lineOf(field: string, folder = join(import.meta.dirname, "..")): string {
  const lines = readFileSync(join(folder, FILE), "utf8").split("\n");
  const line = field.split(".").reduce((from, key) => {
    const found = lines.findIndex((line, index) => index >= from && new RegExp(`\\b${key}"?:`).test(line));
    return found < 0 ? from : found;
  }, 0);
  return `${FILE}:${line + 1}`;
}
