import { expect, test } from "vitest";
import { fingerprint } from "../../ci/fingerprint.ts";
import type { Step } from "../../ci/preview.ts";
import { cases } from "./cases.ts";
import { recorded } from "./recorded.ts";

const step: Step = {
  op: "update",
  urn: "urn:pulumi:dev::p::aws:ec2/vpc:Vpc::network",
  oldState: { inputs: { cidrBlock: "10.0.0.0/16" } },
  newState: { inputs: { cidrBlock: "10.1.0.0/16", tags: { a: "1", b: "2" } } },
  detailedDiff: { cidrBlock: { kind: "update" } },
};
const other: Step = { ...step, urn: `${step.urn}-2` };
const named = (name: string): Step => ({ ...step, newState: { inputs: { name } } });

test("every recorded preview has one of its own", () => {
  const names = Object.keys(cases) as (keyof typeof cases)[];
  const prints = names
    .filter((name) => !recorded(name).error)
    .map((name) => fingerprint(recorded(name).steps));
  expect(prints.length).toBeGreaterThan(4);
  expect(new Set(prints).size).toBe(prints.length);
});

test.each<[string, Step[], Step[]]>([
  ["the order of resources", [step, other], [other, step]],
  [
    "the order of keys",
    [step],
    [{ ...step, newState: { inputs: { tags: { b: "2", a: "1" }, cidrBlock: "10.1.0.0/16" } } }],
  ],
  ["a name that Pulumi makes", [named("orders-settings-1a2b3c4d")], [named("orders-settings-4d3c2b1a")]],
  ["a name that AWS' provider makes", [named("cluster-control-1a2b3c4")], [named("cluster-control-4c3b2a1")]],
  [
    "a snapshot named after one",
    [named("database-subnets-1a2b3c4-final")],
    [named("database-subnets-4c3b2a1-final")],
  ],
])("%s doesn't count", (_, one, two) => {
  expect(fingerprint(one)).toBe(fingerprint(two));
});

test.each<[string, Step[]]>([
  ["another resource", [other]],
  ["one more", [step, other]],
  ["none", []],
  ["a replacement", [{ ...step, op: "replace" }]],
  ["what makes one", [{ ...step, replaceReasons: ["cidrBlock"] }]],
  ["another value", [{ ...step, newState: { inputs: { cidrBlock: "10.2.0.0/16" } } }]],
  ["another property", [{ ...step, detailedDiff: { tags: { kind: "update" } } }]],
])("%s counts", (_, steps) => {
  expect(fingerprint(steps)).not.toBe(fingerprint([step]));
});

test("a digest counts to its last digit", () => {
  const image = (digest: string) => fingerprint([named(`orders@sha256:${digest}`)]);
  expect(image("a".repeat(64))).not.toBe(image(`${"a".repeat(63)}b`));
});
