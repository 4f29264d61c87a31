import { type Stats, statSync } from "node:fs";

/** What is at a path, or undefined where nothing is to be seen. */
export function fileAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
