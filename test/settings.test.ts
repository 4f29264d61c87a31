import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bundleProblems } from "../checks/bundle.ts";
import { nameProblems } from "../checks/names.ts";
import { entries, unknownNamespaces } from "../checks/parse.ts";
import { providerProblems } from "../checks/provider.ts";
import { projectFile, settingsPage } from "../docs/generate.ts";
import { checkSettings, table } from "../settings.ts";
import { entangled, integers, lists, texts, together, unknown } from "./bad-settings.ts";
import { stackConfig } from "./harness.ts";

const BASE = `python:3.13-slim@sha256:${"0".repeat(64)}`;

describe("a wrong setting is refused with what, got, allowed and fix", () => {
  test("in sixty cases or more", () => {
    const cases = [integers, texts, lists, together, unknown].flat();
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  test.each([...integers, ...texts, ...lists, ...together])("%j", (set, got, allowed, fix) => {
    const message = refusal({ imageBase: BASE, ...set });
    const key = got.match(/^(\w+): got/)?.[1] ?? Object.keys(set)[0];
    expect(message.split("\n")[1]?.trim()).toMatch(
      new RegExp(`^${/^[=(]/.test(got) ? "appMaxReplicas" : key}: got `),
    );
    expect(message.split("allowed: ")[0]).toContain(got);
    expect(message.split("allowed: ")[1]).toContain(allowed);
    expect(message.split("fix: pulumi config set ")[1]).toContain(fix);
    expect(message).toContain("wrong: 1");
  });

  test.each(unknown)("%j", (set, got, allowed, fix) => {
    const [key] = Object.keys(set);
    const message = refusal({ imageBase: BASE, ...set });
    expect(message).toContain(`${key}: got ${got}`);
    expect(message).toContain(allowed);
    expect(message).toContain(`fix: pulumi config rm ${key}, then pulumi config set ${fix}`);
  });

  test.each([...together.map(([set]) => set), ...entangled])("the fixes are all it takes: %j", (set) => {
    const wrong = { imageBase: BASE, ...set };
    const fixes = [...refusal(wrong).matchAll(/; fix: (.*)/g)].map(([, fix = ""]) => fix.split(", or ")[0]);
    const commands = fixes.flatMap((fix = "") => fix.split(", then "));
    const repaired = commands.map((command) => command.match(/^pulumi config set (\w+) (\S+)$/) ?? []);
    expect(() =>
      checkSettings({
        ...wrong,
        ...Object.fromEntries(repaired.map(([, key = "", value = ""]) => [key, value])),
      }),
    ).not.toThrow();
  });

  test("that is missing", () => {
    expect(refusal({})).toMatch(
      /imageBase: got nothing; allowed: .*; fix: pulumi config set imageBase python:3/,
    );
  });

  test("all at once", () => {
    const message = refusal({ appMinReplicas: "many", networkCidr: "x", networkZone: "2" });
    expect(message.split("\n")).toHaveLength(5);
    expect(message).toContain("wrong: 4");
  });

  test("combinations too, as far as what is wrong by itself lets them be told", () => {
    const message = refusal({
      imageBase: BASE,
      networkCidr: "x",
      appKeepAliveSeconds: "9",
      databasePoolSize: "a",
    });
    expect(message).toContain("wrong: 3");
    expect(message).toContain("appKeepAliveSeconds: got 9; allowed: 61 or more");
  });

  test.each(["Prod", "pr_od", "prod.2", "pro--d", "prod-", "p".repeat(60)])("a stack's name: %s", (stack) => {
    expect(nameProblems("fastapi-eks", stack)).toEqual([
      expect.objectContaining({ key: "name of the stack", got: expect.stringContaining(stack) }),
    ]);
    expect(nameProblems("fastapi-eks", "prod-2")).toEqual([]);
  });

  test.each([
    ["orders", "Prod", "pulumi stack rename prod"],
    ["orders", "eu_west.1", "pulumi stack rename eu-west-1"],
    ["orders", "p".repeat(60), `pulumi stack rename ${"p".repeat(56)}`],
    ["Orders", "prod", "set `name: orders` in Pulumi.yaml"],
    ["1", "Prod", "set `name: service` in Pulumi.yaml"],
    ["o".repeat(63), "prod", `then pulumi stack init prod`],
  ])("project %s and stack %s, with a fix that fits", (project, stack, fix) => {
    const [problem] = nameProblems(project, stack);
    expect(problem?.got).toBe(`project ${project} and stack ${stack}`);
    expect(problem?.fix).toContain(fix);
  });

  test("of the AWS provider: no region, and credentials that kubectl doesn't have", () => {
    expect(providerProblems({ "aws:region": "eu-central-1", "aws:defaultTags": "{}" })).toEqual([]);
    expect(
      providerProblems({ "aws:regoin": "x", "aws:profile": "me" }).map(({ key, fix }) => [key, fix]),
    ).toEqual([
      ["aws:profile", expect.stringContaining("pulumi config rm aws:profile")],
      ["aws:region", "pulumi config set aws:region eu-central-1"],
    ]);
  });

  test.each([
    ["eu-central-1", []],
    ["us-east-1", []],
    ["il-central-1", ["databaseCaBundle"]],
    ["us-gov-west-1", ["databaseCaBundle"]],
  ])("the certificates that come with the program, in %s", (region, keys) => {
    const amazon = { database: { caBundle: "amazon-rds" } };
    expect(bundleProblems(amazon, region).map(({ key }) => key)).toEqual(keys);
    expect(bundleProblems({ database: { caBundle: "package.json" } }, region)).toHaveLength(1);
  });

  test("under a namespace that nothing reads", () => {
    const known = ["fastapi-eks", "aws", "pulumi"];
    const keys = ["fastapi-eks:protect", "aws:region", "fastapi-esk:appMaxReplicas", "asw:region"];
    expect(unknownNamespaces(keys, known).map(({ key, fix }) => [key, fix])).toEqual([
      [
        "fastapi-esk:appMaxReplicas",
        "pulumi config rm fastapi-esk:appMaxReplicas, then pulumi config set fastapi-eks:appMaxReplicas …",
      ],
      ["asw:region", "pulumi config rm asw:region, then pulumi config set aws:region …"],
    ]);
  });
});

describe("a right setting is taken", () => {
  test.each<Record<string, string>>([
    { appAllowedHosts: '["orders.example.com","*.example.com"]' },
    { clusterAdminArns: '["arn:aws:iam::123456789012:role/team/Operators"]' },
    { clusterPublicAccessCidrs: '["203.0.113.0/24","198.51.100.7/32"]' },
    { networkCidr: "172.31.0.0/16" },
    { networkCidr: "192.168.0.0/16" },
    { databaseEngineVersion: "17.5" },
    { databaseMaxOverflow: "0" },
    { appCpuRequest: "1", appMemoryRequest: "512Mi", appMemoryLimit: "1Gi" },
    { appMaxReplicas: "12", databaseInstanceClass: "db.t4g.small" },
    { appKeepAliveSeconds: "61", appRequestTimeoutSeconds: "25" },
    { imageDigest: `sha256:${"0".repeat(64)}` },
    { protect: "false", appMinReplicas: "1", appMaxReplicas: "1" },
    { migrationAcknowledgedRevisions: '["0002"]' },
  ])("%j", (set) => {
    expect(() => checkSettings({ imageBase: BASE, ...set })).not.toThrow();
  });

  test("as what it means, frozen", () => {
    const settings = checkSettings({ imageBase: BASE, appAllowedHosts: '["a.com"]', protect: "false" });
    expect(settings.protect).toBe(false);
    expect(settings.app.allowedHosts).toEqual(["a.com"]);
    expect(settings.app.minReplicas).toBe(3);
    expect(settings.image.digest).toBeUndefined();
    expect([settings, settings.app, settings.app.allowedHosts].every(Object.isFrozen)).toBe(true);
  });
});

describe("the stack files", () => {
  const own = (stack: string) =>
    Object.fromEntries(
      Object.entries(stackConfig(stack))
        .filter(([key]) => key.startsWith("fastapi-eks:"))
        .map(([key, value]) => [key.replace("fastapi-eks:", ""), value]),
    );

  test.each(["dev", "prod"])("%s is right", (stack) => {
    expect(() => checkSettings(own(stack))).not.toThrow();
  });

  test("one network can be peered with both", () => {
    const [dev, prod] = ["dev", "prod"].map((stack) => checkSettings(own(stack)).network.cidr);
    expect(dev).not.toBe(prod);
  });

  test("prod sets nothing but the image: defaults are production's", () => {
    expect(checkSettings(own("prod"))).toEqual(checkSettings({ imageBase: own("prod").imageBase ?? "" }));
  });

  test.each(["dev", "prod"])("%s repeats no default and holds no secret", (stack) => {
    const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
    expect(text).not.toMatch(/secure:|password/i);
    const defaults = new Map(entries(table).map(({ key, setting }) => [key, String(setting.default)]));
    const set = [...text.matchAll(/fastapi-eks:(\w+): (.*)/g)].map(([, key = "", value]) => [key, value]);
    expect(set.filter(([key = "", value]) => defaults.get(key) === value)).toEqual([]);
    expect(set.length).toBeGreaterThan(0);
  });
});

describe("what is generated from settings.ts is up to date (npm run settings)", () => {
  test("Pulumi.yaml, whose defaults the engine hands to the program", () => {
    const current = readFileSync("Pulumi.yaml", "utf8");
    expect(current).toBe(projectFile(current));
  });

  test("docs/settings.md", () => {
    expect(readFileSync("docs/settings.md", "utf8")).toBe(settingsPage());
  });
});

function refusal(raw: Record<string, string>): string {
  try {
    checkSettings(raw);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(raw)} was taken`);
}
