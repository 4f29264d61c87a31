import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { pythonTools, run } from "../tools.ts";
import { acceptedOfCheckov } from "./accepted.ts";
import { CARELESS, type Finding, notAccepted, outdated, stacks, withManifests } from "./manifests.ts";

interface Report {
  results: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
  summary: { passed: number; parsing_errors: number; resource_count: number };
}

let checkov: string;
const found: Record<string, { findings: Finding[]; summary: Report["summary"]; objects: number }> = {};

beforeAll(() => {
  checkov = join(
    pythonTools("checkov", readFileSync(join(import.meta.dirname, "checkov.txt"), "utf8")),
    "checkov",
  );
  for (const stack of stacks) {
    found[stack] = withManifests(stack, (path, objects) => ({ ...check(path), objects }));
  }
});

test.each(stacks)("nothing against %s but what is accepted", (stack) => {
  expect(notAccepted(found[stack]?.findings ?? [], acceptedOfCheckov)).toEqual([]);
});

test.each(stacks)("it read every object of %s", (stack) => {
  const { summary, objects = 0 } = found[stack] ?? {};
  expect(summary?.parsing_errors).toBe(0);
  // Pods of templates count as well.
  expect(summary?.resource_count).toBe(objects + (stack.endsWith("everything") ? 4 : 2));
  expect(summary?.passed).toBeGreaterThan(100);
});

test("every acceptance is still needed, and has a reason", () => {
  const all = Object.values(found).flatMap(({ findings }) => findings);
  expect(outdated(all, acceptedOfCheckov)).toEqual([]);
  expect(outdated([], acceptedOfCheckov)).not.toEqual([]);
  for (const { why } of acceptedOfCheckov) expect(why.length).toBeGreaterThan(20);
});

test("it would find what is careless", () => {
  const folder = mkdtempSync(join(tmpdir(), "fastapi-eks-careless-"));
  writeFileSync(join(folder, "pod.yaml"), CARELESS);
  const rules = check(join(folder, "pod.yaml")).findings.map(({ rule }) => rule);
  rmSync(folder, { recursive: true });
  // Privileged, and an image without a tag.
  expect(rules).toEqual(expect.arrayContaining(["CKV_K8S_16", "CKV_K8S_14"]));
});

/** Offline: its rules are part of it, and what it would download are descriptions. */
function check(path: string) {
  const args = ["--framework", "kubernetes", "--skip-download", "--quiet", "--compact", "--output", "json"];
  const { stdout, stderr } = run(checkov, [...args, "--file", path]);
  if (!stdout.startsWith("{")) throw new Error(`checkov: ${stderr || stdout}`);
  const { results, summary }: Report = JSON.parse(stdout);
  return {
    summary,
    findings: results.failed_checks.map(({ check_id, check_name, resource }) => {
      const [kind, , name] = resource.split(".");
      return { rule: check_id, object: `${kind} ${name}`, said: check_name };
    }),
  };
}
