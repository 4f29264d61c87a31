import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type IForbiddenRuleType } from "dependency-cruiser";
import { expect, test } from "vitest";

const outside = "node_modules/";
const program =
  "^((foundation|index|outputs|service|settings)\\.ts|(checks|components|description|migrations|settings)/)";

/** Types count: who reads a file has to read what its types are from. */
const rules: IForbiddenRuleType[] = [
  { name: "no circle", from: {}, to: { circular: true } },
  {
    name: "components know each other and the service's description",
    from: { path: "^components/" },
    to: { pathNot: ["^(components|description)/", outside], dependencyTypesNot: ["core"] },
  },
  {
    name: "checks are plain functions, without Pulumi",
    from: { path: "^(checks|migrations)/" },
    to: { path: "node_modules/@pulumi/" },
  },
  {
    name: "the program stands by itself",
    from: { path: program },
    to: { pathNot: [program, outside], dependencyTypesNot: ["core"] },
  },
  {
    name: "only tests and benchmarks know the emulator",
    from: { pathNot: "^(bench|emulator|test)/" },
    to: { path: "^emulator/" },
  },
  {
    name: "packages are declared where they are imported, and the program's not for its development alone",
    from: { path: [program, "^(bootstrap|ci|emulator|plan|vm)/"] },
    to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "only tests and benchmarks know the tests",
    from: { pathNot: "^(bench|test)/" },
    to: { path: "^test/" },
  },
];

/** What breaks a rule, as `rule: file → file`. */
async function violations(folder: string): Promise<string[]> {
  const sources = readdirSync(folder).filter(
    (name) => name.endsWith(".ts") || (isSourceFolder(name) && statSync(join(folder, name)).isDirectory()),
  );
  const { output } = await cruise(sources, {
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: rules },
    tsPreCompilationDeps: true,
    doNotFollow: { path: outside },
  });
  if (typeof output === "string") throw new Error(output);
  expect(output.summary.totalCruised).toBeGreaterThan(0);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

const isSourceFolder = (name: string) => !/^(\..*|app|node_modules|plan-output)$/.test(name);

test("imports go one way", async () => {
  expect(await violations(process.cwd())).toEqual([]);
});

test.each([
  [
    "no circle",
    {
      "checks/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;',
      "checks/b.ts": 'import type { A } from "./a.ts";\nexport type B = { a?: A };',
    },
  ],
  [
    "components know each other and the service's description",
    { "components/a.ts": 'export * from "../checks/b.ts";', "checks/b.ts": "export const b = 1;" },
  ],
  [
    "checks are plain functions, without Pulumi",
    {
      "checks/a.ts": 'import type * as pulumi from "@pulumi/pulumi";\nexport type A = pulumi.Config;',
      "node_modules/@pulumi/pulumi/index.js": "",
    },
  ],
  [
    "the program stands by itself",
    { "index.ts": 'await import("./plan/a.ts");', "plan/a.ts": "export const a = 1;" },
  ],
  [
    "only tests and benchmarks know the emulator",
    { "plan/a.ts": 'import "../emulator/b.ts";', "emulator/b.ts": "export const b = 1;" },
  ],
  [
    "packages are declared where they are imported, and the program's not for its development alone",
    {
      "package.json": '{ "dependencies": { "pg": "8.23.1" } }',
      "node_modules/pg/package.json": '{ "name": "pg", "main": "index.js" }',
      "node_modules/pg/index.js": "",
      "emulator/package.json": '{ "dependencies": {} }',
      "emulator/a.ts": 'import "pg";',
    },
  ],
  [
    "only tests and benchmarks know the tests",
    { "emulator/a.ts": 'import "../test/b.ts";', "test/b.ts": "export const b = 1;" },
  ],
])("is broken by a planted import: %s", async (rule, files) => {
  const folder = mkdtempSync(join(tmpdir(), "imports-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const found = await violations(folder);
    expect(found.map((violation) => violation.split(":")[0])).toContain(rule);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
