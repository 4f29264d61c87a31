import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Preview, readPreview } from "../../ci/preview.ts";
import type { cases } from "./cases.ts";

/** What the real engine said of a case; record.ts wrote it. */
export function recorded(name: keyof typeof cases): Preview {
  const text = readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8");
  const { exitCode, digest, log } = JSON.parse(text);
  return readPreview("dev", exitCode, JSON.stringify(digest), log);
}
