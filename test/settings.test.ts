import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { bundleProblems } from "../checks/bundle.ts";
import { projectFile, settingsPage } from "../docs/settings.ts";
import { checkSettings, loadSettings } from "../settings/load.ts";
import { entries, unknownNamespaces } from "../settings/parse.ts";
import { nameProblems } from "../settings/stack-name.ts";
import { table } from "../settings.ts";
import { ownConfig, stackConfig } from "./harness.ts";
import { combinations, entangled, unknown } from "./settings/combinations.ts";
import { repaired } from "./settings/repair.ts";
import { single } from "./settings/single.ts";

const BASE = `python:3.13-slim@sha256:${"0".repeat(64)}`;

const alone = Object.entries(single).flatMap(([key, { allowed, fix, values }]) =>
  values.map(([value, why = "", own = fix]) => ({ key, value, why, allowed, fix: own })),
);

describe("a wrong setting is refused with what, got, allowed and fix", () => {
  test("in 200 cases or more, all different, of every setting there is", () => {
    const cases = [
      ...alone.map(({ key, value }) => ({ [key]: value })),
      ...[...combinations, ...unknown].map(([set]) => set),
    ];
    expect(new Set(cases.map((set) => JSON.stringify(set))).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(200);
    expect(Object.keys(single).sort()).toEqual(
      entries(table)
        .map(({ key }) => key)
        .sort(),
    );
  });

  test.each(alone)("$key: $value", ({ key, value, why, allowed, fix }) => {
    const wrong = { imageBase: BASE, [key]: value };
    const message = refusal(wrong);
    const [title, line = "", ...more] = message.split("\n  ");
    expect(title).toBe("Settings of this stack that are wrong: 1");
    expect(more).toEqual([]);
    // On one line of plain characters, whatever was given.
    expect(line).toMatch(/^[\x20-\x7e…]+$/);
    const [, got = "", said = "", command] = /^\w+: got (.*?); allowed: (.*?); fix: (.*)$/.exec(line) ?? [];
    expect(line.startsWith(`${key}: got `)).toBe(true);
    expect(got.startsWith(shown(value))).toBe(true);
    expect(got).toContain(why);
    expect(said).toContain(allowed);
    expect(command).toMatch(/^pulumi config /);
    expect(command?.endsWith(/^(--path|pulumi) /.test(fix) ? fix : `pulumi config set ${key} ${fix}`)).toBe(
      true,
    );
    expect(untilRight(wrong, message)).toBe("");
  });

  test.each(combinations)("%j", (set, got, allowed, fix) => {
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

  test.each([...combinations.map(([set]) => set), ...entangled])("the fixes are all it takes: %j", (set) => {
    const wrong = { imageBase: BASE, ...set };
    expect(() => checkSettings(repaired(wrong, refusal(wrong)))).not.toThrow();
  });

  test("that is a secret, without telling it", () => {
    const raw = { imageBase: BASE, appLogLevel: "hunter2", appAllowedHosts: '["hunter2.example.com"]' };
    const secrets = ["appLogLevel", "appAllowedHosts"];
    const message = refusal(raw, { secrets });
    expect(message).not.toContain("hunter2");
    expect(message).toContain("appLogLevel: got a secret; allowed: a plain value");
    expect(message).toContain("appAllowedHosts: got a secret");
  });

  test("that Pulumi keeps as a secret, whatever it holds", async () => {
    const { project, config } = { project: "fastapi-eks", config: stackConfig("prod") };
    await pulumi.runtime.setMocks(
      { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
      project,
      "prod",
    );
    pulumi.runtime.setAllConfig({ ...config, "fastapi-eks:appLogLevel": "INFO" }, [
      "fastapi-eks:appLogLevel",
    ]);
    expect(loadSettings).toThrow("wrong: 1\n  appLogLevel: got a secret");
    pulumi.runtime.setAllConfig(config);
    expect(loadSettings).not.toThrow();
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
      appPreStopSeconds: "39",
      databasePoolSize: "a",
    });
    expect(message).toContain("wrong: 3");
    expect(message).toContain("appPreStopSeconds: got 39; allowed: 40 or more");
  });

  test.each(["Prod", "pr_od", "prod.2", "pro--d", "prod-", "p".repeat(60)])("a stack's name: %s", (stack) => {
    expect(nameProblems("fastapi-eks", stack)).toEqual([
      expect.objectContaining({ key: "name of the stack", got: expect.stringContaining(stack) }),
    ]);
    expect(nameProblems("fastapi-eks", "prod-2")).toEqual([]);
  });

  test.each([
    ["invoices", "Prod", "pulumi stack rename prod"],
    ["invoices", "eu_west.1", "pulumi stack rename eu-west-1"],
    ["invoices", "p".repeat(60), `pulumi stack rename ${"p".repeat(54)}`],
    ["Invoices", "prod", "set `name: invoices` in Pulumi.yaml"],
    ["1", "Prod", "set `name: service` in Pulumi.yaml"],
    ["o".repeat(63), "prod", `then pulumi stack init prod`],
  ])("project %s and stack %s, with a fix that fits", (project, stack, fix) => {
    const [problem] = nameProblems(project, stack);
    expect(problem?.got).toBe(`project ${project} and stack ${stack}`);
    expect(problem?.fix).toContain(fix);
  });

  test.each([
    ["eu-central-1", []],
    ["us-east-1", []],
    ["il-central-1", ["databaseCaBundle"]],
    ["us-gov-west-1", ["databaseCaBundle"]],
  ])("the certificates that come with the program, in %s", (region, keys) => {
    const amazon = { database: { caBundle: "amazon-rds" } };
    expect(bundleProblems(amazon, region).map(({ key }) => key)).toEqual(keys);
    expect(bundleProblems({ database: { caBundle: "some.pem" } }, region)).toEqual([]);
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
    { appAllowedHosts: '["invoices.example.com","*.example.com"]' },
    { clusterAdminArns: '["arn:aws:iam::123456789012:role/team/Operators"]' },
    { clusterPublicAccessCidrs: '["8.8.8.0/24","52.94.0.0/22","9.9.9.9/32"]' },
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
  test.each(["dev", "prod"])("%s is right", (stack) => {
    expect(() => checkSettings(ownConfig(stack))).not.toThrow();
  });

  test("one network can be peered with both", () => {
    const [dev, prod] = ["dev", "prod"].map((stack) => checkSettings(ownConfig(stack)).network.cidr);
    expect(dev).not.toBe(prod);
  });

  test("prod sets nothing but the image: defaults are production's", () => {
    expect(checkSettings(ownConfig("prod"))).toEqual(
      checkSettings({ imageBase: ownConfig("prod").imageBase ?? "" }),
    );
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

function refusal(...given: Parameters<typeof checkSettings>): string {
  const message = attempt(...given);
  if (message === "") throw new Error(`${JSON.stringify(given)} was taken`);
  return message;
}

/** What is wrong, or nothing. */
function attempt(...given: Parameters<typeof checkSettings>): string {
  try {
    checkSettings(...given);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** How a message begins to show what was given. */
function shown(value: string): string {
  return JSON.stringify(value)
    .replace(/[^\x20-\x7e].*/, "")
    .slice(0, 20)
    .replace(/"$/, "");
}

/** Follows the fixes until there is nothing to repair; of lists, one item each time. Returns what is left. */
function untilRight(wrong: Readonly<Record<string, string>>, message: string): string {
  let raw = wrong;
  let left = message;
  for (let rounds = 0; rounds < 3 && left !== ""; rounds++) {
    raw = repaired(raw, left);
    left = attempt(raw);
  }
  return left;
}
