import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["plan/main.ts", ...args], { encoding: "utf8", cwd: process.cwd() });

describe("wrong usage is told with what, got, allowed and fix:", () => {
  test.each<[string, string[], RegExp]>([
    ["no stack", [], /^stacks: got none; allowed: one, or two to compare; fix: npm run plan -- dev/],
    ["three stacks", ["dev", "prod", "qa"], /^stacks: got dev prod qa; allowed: one, or two/],
    [
      "an unknown stack",
      ["qa"],
      /^stack: got qa, which has no Pulumi\.qa\.yaml; allowed: dev, prod; fix: npm run plan -- dev/,
    ],
    ["a stack that is a path", ["../dev"], /^stack: got \.\.\/dev/],
    [
      "an unknown format",
      ["dev", "--format", "pdf"],
      /^--format: got pdf; allowed: markdown, html, json; fix:/,
    ],
    [
      "an unknown revision",
      ["dev", "--against", "nowhere"],
      /^--against: got nowhere, which this repository doesn't have; .*fix: git fetch/,
    ],
    ["a revision that looks like an option", ["dev", "--against=--help"], /^--against: got --help/],
    [
      "a revision beside two stacks",
      ["dev", "prod", "--against", "HEAD"],
      /^--against: got HEAD beside dev and prod/,
    ],
    ["an unknown option", ["dev", "--fast"], /^options: got Unknown option '--fast'.*allowed: --against/],
  ])("%s", (_, args, message) => {
    const { status, stderr } = run(...args, ...(args.includes("--output") ? [] : ["--output", folder]));
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(1);
  });
});

test("this commit against another evaluates the other's program", () => {
  const { status, stderr } = run("dev", "--against", "HEAD", "--output", folder);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { against, side } = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
  expect(against.label).toMatch(/^dev at [0-9a-f]{10}$/);
  expect(side.label).toBe("dev");
  expect(against.graph.criticalPath).toEqual(side.graph.criticalPath);
  expect(readFileSync(join(folder, "plan.json"), "utf8")).not.toContain("fastapi-eks-plan-");
});
