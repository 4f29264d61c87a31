// uv, which runs the service's checks and its benchmark, in the Dockerfile's version.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pythonTools } from "./tools.ts";

const dockerfile = join(dirname(import.meta.dirname), "app", "Dockerfile");

/** @returns its path; the first time it is installed. */
export function uv(): string {
  const [requirement] = /uv==[\d.]+/.exec(readFileSync(dockerfile, "utf8")) ?? [];
  if (!requirement) throw new Error(`${dockerfile} names no version of uv`);
  return join(pythonTools("uv", requirement), "uv");
}
