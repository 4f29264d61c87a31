// Whatever a stack sets: a clear error or a program, and nothing else.
import { RunError } from "@pulumi/pulumi";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_REPLICAS } from "../../checks/addresses.ts";
import { checkSettings } from "../../settings/load.ts";
import { entries } from "../../settings/parse.ts";
import { providerProblems } from "../../settings/provider.ts";
import { table } from "../../settings.ts";
import { program } from "../harness.ts";
import { repaired } from "./repair.ts";
import { single } from "./single.ts";

const BASE = `python:3.13-slim@sha256:${"0".repeat(64)}`;
const settings = entries(table);

/** Values that are nearly right are the likeliest to slip through: each setting's own odd ones, and others'. */
const oddValues = Object.values(single).flatMap(({ values }) => values.map(([value]) => value));
const value = fc.oneof(
  fc.constantFrom(...oddValues, ...settings.map(({ setting }) => setting.example)),
  fc.integer().map(String),
  fc.double().map(String),
  fc.json(),
  fc.string({ unit: "binary" }),
);
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...settings.map(({ key }) => key)) },
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "toString", "app", "appMaxReplicas[0]"),
);

test("any values of any keys make settings, or one error that says of each what, got, allowed and fix", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (pairs) => {
      const raw = Object.fromEntries([["imageBase", BASE], ...pairs]);
      expectClear(() => checkSettings(raw));
    }),
    { numRuns: 400 },
  );
}, 300_000);

test("so do any values of Pulumi's and its providers' keys", () => {
  const namespaced = fc.tuple(
    fc.constantFrom("aws", "docker", "kubernetes", "pulumi", "random", "__proto__"),
    key,
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(namespaced, value), { maxLength: 6 }), (pairs) => {
      const config = Object.fromEntries(
        pairs.map(([[namespace, name], value]) => [`${namespace}:${name}`, value]),
      );
      expectClear(() => checkSettings({ imageBase: BASE }, { others: providerProblems(config) }));
    }),
    { numRuns: 200 },
  );
});

const integers = settings.filter(({ setting }) => setting.type === "integer");
const ends = integers.flatMap(({ key, setting }) => {
  const [, least = "", most = ""] = /^(\d+) to (\d+)/.exec(setting.allowed) ?? [];
  return [least, most].map((end) => ({ key, end }));
});

/** What has to give way where a fix would take the end back. */
const room: Record<string, Record<string, string>> = {
  [`appMinReplicas ${MOST_REPLICAS}`]: {
    appMaxReplicas: `${MOST_REPLICAS}`,
    databasePoolSize: "1",
    databaseMaxOverflow: "0",
  },
  "appMinReplicas 1": { protect: "false" },
  "appMaxReplicas 1": { protect: "false", appMinReplicas: "1" },
  [`appMaxReplicas ${MOST_REPLICAS}`]: { databasePoolSize: "1", databaseMaxOverflow: "0" },
  "appPreStopSeconds 10": { appDeregistrationSeconds: "0" },
  "appGracefulTimeoutSeconds 2": { appRequestTimeoutSeconds: "2", databaseCommandTimeoutSeconds: "1" },
  "appTerminationGracePeriodSeconds 17": {
    ...{ appDeregistrationSeconds: "0", appPreStopSeconds: "10", appGracefulTimeoutSeconds: "2" },
    ...{ appRequestTimeoutSeconds: "2", databaseCommandTimeoutSeconds: "1" },
  },
  "appRequestTimeoutSeconds 2": { databaseCommandTimeoutSeconds: "1" },
  "appWorkers 16": { databaseInstanceClass: "db.r7g.2xlarge" },
  "databasePoolSize 100": { databaseInstanceClass: "db.r7g.2xlarge" },
  "databaseMaxOverflow 100": { databaseInstanceClass: "db.r7g.2xlarge" },
};

test.each(ends)("$key can be $end", ({ key, end }) => {
  let raw: Record<string, string> = { imageBase: BASE, [key]: end, ...room[`${key} ${end}`] };
  const message = attempt(() => checkSettings(raw));
  if (message) raw = { ...repaired(raw, message) };
  expect(raw[key]).toBe(end);
  expect(attempt(() => checkSettings(raw))).toBe("");
});

test("what passes makes a program, however it is combined", async () => {
  const some = <T extends string>(...values: T[]) => fc.constantFrom(...values);
  const combination = fc.record(
    {
      protect: some("true", "false"),
      networkCidr: some("10.255.0.0/16", "172.16.0.0/16", "192.168.0.0/16"),
      networkZones: some("2", "3"),
      networkNatGateways: some("one", "per-zone"),
      imageDigest: some(`sha256:${"a".repeat(64)}`),
      clusterPublicAccessCidrs: some("[]", '["8.8.8.0/24","9.9.9.9/32"]'),
      clusterAdminArns: some("[]", '["arn:aws:iam::123456789012:role/team/Operators"]'),
      databaseMultiAz: some("true", "false"),
      databaseFinalSnapshot: some("true", "false"),
      databaseInstanceClass: some("db.t4g.micro", "db.r7g.2xlarge"),
      appMinReplicas: some("1", "2", `${MOST_REPLICAS}`),
      appMaxReplicas: some("1", "5", `${MOST_REPLICAS}`),
      appCpuRequest: some("10m", "191"),
      appMemoryLimit: some("96Mi", "672Gi"),
      appAllowedHosts: some("[]", '["*.example.com","localhost"]'),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(combination, async (set) => {
      const raw = { imageBase: BASE, ...set };
      const message = attempt(() => checkSettings(raw));
      const run = program("prod", { set: raw });
      if (message) await expect(run).rejects.toThrow(message);
      else expect((await run)[0].ofType("kubernetes:apps/v1:Deployment")).toHaveLength(1);
    }),
    { numRuns: 40 },
  );
}, 300_000);

/** @returns the message of the error that the program ends with, or nothing. */
function attempt(check: () => unknown): string {
  try {
    check();
    return "";
  } catch (error) {
    // Anything else would be shown with a stack trace.
    if (!RunError.isInstance(error)) throw error;
    return (error as Error).message;
  }
}

function expectClear(check: () => unknown): void {
  const message = attempt(check);
  if (message === "") return;
  const [title, ...lines] = message.split(/\n {2}(?! )/);
  expect(title).toMatch(/^Settings of this stack that are wrong: \d+$/);
  expect(lines).toHaveLength(Number(title?.match(/\d+/)));
  for (const line of lines) {
    expect(line).toMatch(/^[^\n]+: got [^\n]+; allowed: [^\n]+; fix: [^\n]+(\n {6}.*)*$/);
    expect(line).toMatch(/^[\x20-\x7e…≥×\n]*$/);
    expect(line.replace(/"(\\.|[^"\\])*"/g, "")).not.toMatch(/undefined|\bNaN\b|\[object/);
  }
}
