// Every use of an action is one that .github/pins.yml vouches for.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const folder = join(dirname(dirname(import.meta.dirname)), ".github");

interface Pin {
  tag: string;
  commit: string;
  checked: string;
  seen: string[];
}

const pins = parse(readFileSync(join(folder, "pins.yml"), "utf8")) as Record<string, Pin>;
const vouchedFor = Object.entries(pins).map(([action, { commit, tag }]) => `${action}@${commit} # ${tag}`);

/** `action@commit # tag` of a file's steps; an action of this repository has no pin. */
const usesOf = (text: string): string[] =>
  [...text.matchAll(/^[ \t-]*uses:(?![ \t]*\.\/)[ \t]*(.*\S)/gm)].map(([, use = ""]) => use);

const files = globSync("{workflows,actions}/**/*.{yml,yaml}", { cwd: folder });

test.each(files)("%s uses only what is vouched for", (file) => {
  const uses = usesOf(readFileSync(join(folder, file), "utf8"));
  expect(uses.filter((use) => !vouchedFor.includes(use))).toEqual([]);
});

test("nothing is vouched for that nobody uses", () => {
  const uses = files.flatMap((file) => usesOf(readFileSync(join(folder, file), "utf8")));
  expect(uses.length).toBeGreaterThan(20);
  expect(vouchedFor.filter((pin) => !uses.includes(pin))).toEqual([]);
});

test("a digit, a tag or an action that is another one is found", () => {
  const [known = ""] = vouchedFor;
  const others = [
    known.replace(/@./, "@_"),
    known.replace(/v\d/, "v0"),
    known.replace(/^\w+/, "someone"),
    known.replace(/ #.*/, ""),
  ];
  const text = [known, ...others].map((use) => `      - uses: ${use}`).join("\n");
  expect(usesOf(`${text}\n      - uses: ./local`).filter((use) => !vouchedFor.includes(use))).toEqual(others);
});

describe.each(Object.entries(pins))("%s", (_, { tag, commit, checked, seen }) => {
  test("says what was looked up, when, and in two places", () => {
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(tag).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(checked).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(new Set(seen).size).toBeGreaterThanOrEqual(2);
  });
});
