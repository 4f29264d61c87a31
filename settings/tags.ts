import { quoted } from "./problem.ts";
import type { Setting } from "./types.ts";

export type Tags = Readonly<Record<string, string>>;

/** AWS takes 50 a resource, 10 of which are left to the program. */
const MOST = 40;

/** What every service takes: IAM's `Tag` in its API reference, 2026-11, which is the strictest. */
const signs = "[\\p{L}\\p{Z}\\p{N}_.:/=+@-]";
const name = new RegExp(`^(?!aws:)${signs}{1,128}$`, "iu");
const text = new RegExp(`^(?!aws:)${signs}{0,256}$`, "iu");

/** Set by the program itself. IAM takes `Name` and `name` for the same (aws-cdk#26253). */
const taken = ["environment", "name", "project"];

/** Tags that a stack adds to its own. */
export function tags({ about }: { about: string }): Setting<Tags> {
  return {
    type: "object",
    about,
    default: {},
    allowed:
      `at most ${MOST} names with a text each, of letters, digits, spaces and _.:/=+@-, at most 128 and 256 long, ` +
      `none from aws:, no name twice in another case, and none of ${taken.join(", ")}`,
    example: "{}",
    parse(raw) {
      const given = entries(raw);
      if (!given)
        return { fault: { why: "which is no map of texts", fix: (key) => `pulumi config rm ${key}` } };
      const names = [...taken, ...given.map(([key]) => key.toLowerCase())];
      const wrong =
        given.find(([key, value]) => !name.test(key) || !text.test(value)) ??
        given.find((_, index) => names.indexOf(names[index + taken.length] ?? "") < index + taken.length) ??
        given[MOST];
      if (wrong) return { fault: { why: `because of ${quoted(wrong[0])}`, fix: without(wrong[0]) } };
      return { value: Object.freeze(Object.fromEntries(given)) };
    },
  };
}

/** What a shell or Pulumi's path would take apart goes with all the others. */
const without = (name: string) => (key: string) =>
  /^[\w.:/=+@ -]+$/.test(name) ? `pulumi config rm --path '${key}["${name}"]'` : `pulumi config rm ${key}`;

function entries(raw: string): [name: string, value: string][] | undefined {
  try {
    const given = JSON.parse(raw);
    if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
    // YAML and `pulumi config set` take digits for a number and `true` for a flag.
    const plain = Object.entries(given).map(([key, value]) => [
      key,
      Number.isSafeInteger(value) || typeof value === "boolean" ? String(value) : value,
    ]);
    return plain.every(([, value]) => typeof value === "string") ? (plain as [string, string][]) : undefined;
  } catch {
    return undefined;
  }
}
