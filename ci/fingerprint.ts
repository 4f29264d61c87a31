// A short text that tells two previews apart, and keeps nothing of what is in them.
import { createHash } from "node:crypto";
import type { Step } from "./preview.ts";

/** What Pulumi's providers add to a name that they make: another one at every preview. */
const generated = /-[0-9a-f]{7,8}(?![0-9a-f])/g;

/** The same for the same changes. Secrets, which the engine doesn't print, count by their place alone. */
export function fingerprint(steps: readonly Step[]): string {
  const parts = steps.map(({ op, urn, newState, detailedDiff, replaceReasons }) => [
    urn,
    op,
    sorted(newState?.inputs),
    sorted(detailedDiff),
    [...(replaceReasons ?? [])].sort(),
  ]);
  // The engine reports independent resources in any order.
  const text = JSON.stringify(parts.map((part) => JSON.stringify(part).replace(generated, "")).sort());
  return createHash("sha256").update(text).digest("hex");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? null;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}
