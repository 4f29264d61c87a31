import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// A repository of one's own, whose last commit is the base and whose files are the pull request.
let root: string;
const refused = "  fastapi-eks:appTargetCpuPercent: 0";
const file = (name: string) => join(root, name);
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
    cwd: root,
    encoding: "utf8",
  });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plan-base-"));
  const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const parts = [
    "*.ts",
    "Pulumi*",
    "package.json",
    "app",
    "checks",
    "components",
    "migrations",
    "plan",
    "settings",
  ];
  const files = execFileSync("git", [...listed, "--", ...parts], { encoding: "utf8" }).split("\0");
  for (const name of files) if (name && existsSync(name)) cpSync(name, file(name));
  symlinkSync(resolve("node_modules"), file("node_modules"));
  git("init", "--quiet");
  appendFileSync(file(".git/info/exclude"), "node_modules\nplan-output\n");
  commit();
});
afterAll(() => rmSync(root, { recursive: true }));

function commit() {
  git("add", "--all");
  git("commit", "--quiet", "--message", "base");
}

function plan(stack: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["plan/main.ts", stack, "--against", "HEAD"],
    { cwd: root, encoding: "utf8" },
  );
  return {
    status,
    stdout,
    stderr,
    read: (name: string) => readFileSync(file(`plan-output/${name}`), "utf8"),
  };
}

function expectAlone(stack: string, why: RegExp) {
  const { status, stdout, stderr, read } = plan(stack);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`Changes: unknown, since ${stack} at [0-9a-f]{10} can't be evaluated`));
  const result = JSON.parse(read("plan.json"));
  const schema = JSON.parse(readFileSync("plan/schema.json", "utf8"));
  const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(schema);
  validate(result);
  expect(validate.errors).toBeNull();
  expect(result).toMatchObject({ schemaVersion: 2, side: { label: stack }, against: null, comparison: null });
  expect(result.notCompared.why).toMatch(why);
  expect(result.notCompared.why).not.toContain(tmpdir());
  for (const name of ["plan.md", "plan.html"]) expect(read(name)).toMatch(why);
}

describe("a base that can't be evaluated leaves the plan of the pull request alone:", () => {
  test("a stack that is new", () => {
    cpSync(file("Pulumi.dev.yaml"), file("Pulumi.qa.yaml"));
    expectAlone("qa", /There is no Pulumi\.qa\.yaml: the stack is new\./);
  });

  test.each<[string, string, string, RegExp]>([
    ["settings that are refused", "Pulumi.dev.yaml", `${refused}\n`, /appTargetCpuPercent: got/],
    [
      "a package that is gone",
      "index.ts",
      'import "no-such-package";\n',
      /no-such-package.* imported from \.\/index/,
    ],
    [
      "an error in an apply",
      "index.ts",
      'imageReference.apply(() => { throw new Error("deep down"); });\n',
      /deep down/,
    ],
  ])("%s", (_, name, bad, why) => {
    const good = readFileSync(file(name), "utf8");
    appendFileSync(file(name), bad);
    commit();
    writeFileSync(file(name), good);
    expectAlone("dev", why);
  });
});

test("a pull request that can't be evaluated has no plan, whatever the base is", () => {
  commit();
  appendFileSync(file("Pulumi.dev.yaml"), refused);
  const { status, stderr } = plan("dev");
  expect(stderr).toMatch(/^Settings of this stack that are wrong: 1\n {2}appTargetCpuPercent: got/);
  expect(status).toBe(1);
  expect(plan("none").stderr).toMatch(/^stack: got none, which has no Pulumi\.none\.yaml; allowed: dev/);
});
