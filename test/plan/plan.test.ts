import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Plan } from "../../plan/plan.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-"));
  run(["dev", "prod"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A process of its own, as people run it. */
function run(args: string[], output = join(folder, "out"), env = {}): string {
  const command = ["plan/main.ts", ...args, "--output", output];
  return execFileSync(process.execPath, command, { encoding: "utf8", env: { ...process.env, ...env } });
}

const read = (name: string, output = "out"): string => readFileSync(join(folder, output, name), "utf8");
const plan = (): Plan => JSON.parse(read("plan.json"));

test("writes every format, and the summary says what matters", () => {
  expect(run(["prod"], join(folder, "one"))).toMatch(
    /Plan: prod\n.*Cost: at least \$\d[\d,.]* a month, .*\n.*resources in about [\d.]+ min, by network → .*app\.\n.*Connections: \d+ of \d+/,
  );
  const files = ["graph.mmd", "graph.svg", "plan.html", "plan.json", "plan.md"];
  expect(readdirSync(join(folder, "one")).sort()).toEqual(files);
});

test("another run, elsewhere and at another time of the world, writes the same bytes", () => {
  const environment = { TZ: "Pacific/Chatham", LANG: "de_DE.UTF-8", AWS_REGION: "ap-south-1", HOME: "/tmp" };
  run(["dev", "prod"], join(folder, "again"), environment);
  for (const name of readdirSync(join(folder, "out"))) expect(read(name, "again")).toBe(read(name));
});

test("names no place on this machine and no moment", () => {
  for (const name of readdirSync(join(folder, "out"))) {
    expect(read(name)).not.toContain(process.cwd());
    expect(read(name)).not.toContain(folder);
    expect(read(name)).not.toMatch(/\d\d:\d\d:\d\d/);
  }
});

test("one format alone removes the others of an earlier plan", () => {
  run(["dev"], join(folder, "one"));
  run(["dev", "--format", "markdown"], join(folder, "one"));
  expect(readdirSync(join(folder, "one")).sort()).toEqual(["graph.mmd", "plan.md"]);
});

test("plan.json is what its schema says, and the schema notices when it isn't", () => {
  const schema = JSON.parse(readFileSync("plan/schema.json", "utf8"));
  const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(schema);
  validate(plan());
  expect(validate.errors).toBeNull();
  expect(validate({ ...plan(), schemaVersion: 1 })).toBe(false);
  expect(validate({ ...plan(), side: { ...plan().side, cost: {} } })).toBe(false);
});

describe("manifests", () => {
  const objects = () =>
    plan().side.manifests.flatMap(({ yaml }) => parseAllDocuments(yaml).map((d) => d.toJS()));

  test("are YAML that starts with apiVersion, kind and metadata", () => {
    expect(objects().length).toBeGreaterThan(8);
    for (const { yaml } of plan().side.manifests)
      expect(yaml).toMatch(/^apiVersion: .+\nkind: .+\nmetadata:\n {2}name: /);
    expect(objects().map(({ kind }) => kind)).toContain("Deployment");
  });

  test("say which secrets there are, and none of them", () => {
    const [secret] = objects().filter(({ kind }) => kind === "Secret");
    expect(secret.stringData).toEqual({ APP_DATABASE_PASSWORD: "[secret]" });
    const version = plan().side.graph.steps.find(({ type }) => type.endsWith(":SecretVersion"));
    expect(version?.inputs.secretString).toBe("[secret]");
    const instance = plan().side.graph.steps.find(({ type }) => type === "aws:rds/instance:Instance");
    expect(instance?.inputs.password).toBe("[secret]");
  });

  test("refer to what isn't known yet by its resource", () => {
    const [deployment] = objects().filter(({ kind }) => kind === "Deployment");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is expected.
    expect(deployment.spec.template.spec.containers[0].image).toBe("${image-build.repoDigest}");
  });
});

test("dev to prod: what changes, with both values", () => {
  const { comparison } = plan();
  const find = (resource: string) => comparison?.changes.find((change) => change.resource === resource);
  expect(find("database-postgres")).toMatchObject({
    op: "update",
    properties: expect.arrayContaining([{ path: "multiAz", before: "false", after: "true" }]),
  });
  expect(find("network-nat-2")).toMatchObject({ op: "create", properties: [] });
  // Which differs in the tag that names the stack, as everything does.
  expect(find("network-gateway")).toBeUndefined();
});

test("what would block a destroy, and what would stay", () => {
  const { side, against } = plan();
  const of = (obstacles: { resource: string; why: string }[]) =>
    obstacles.map(({ resource, why }) => `${resource}: ${why.split(",")[0]}`);
  expect(against?.destroy.blocks).toEqual([]);
  expect(of(side.destroy.blocks)).toEqual(
    expect.arrayContaining([
      "cluster-eks: protected in Pulumi",
      "database-postgres: deletionProtection in AWS",
      "image-repository: AWS deletes no repository that still has images: forceDelete is off",
    ]),
  );
  expect(of(side.destroy.leavesBehind)).toContain("database-postgres: a final snapshot");
  expect(of(side.destroy.leavesBehind)).toEqual(
    expect.arrayContaining(["cluster-key: the key", "database-key: itself"]),
  );
});

test("says what a preview would warn of, and asks nobody for it", () => {
  const { warnings } = plan().side;
  expect(warnings).toContainEqual(expect.stringMatching(/^clusterPublicAccessCidrs: got none.*; fix: /));
  expect(read("plan.md")).toContain("<b>Warnings</b>: 1 warning");
});
