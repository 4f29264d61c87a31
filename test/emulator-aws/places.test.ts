// Where policies, which name addresses of AWS, find here what the emulated AWS has.
import { mkdirSync, writeFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { dataPath } from "../../emulator/engines/instance.ts";
import { type Place, placed } from "../../emulator/network-policy/places.ts";
import type { Rule } from "../../emulator/network-policy/rules.ts";
import { create } from "./harness.ts";
import { clusterInputs, createNetwork, instanceInputs } from "./world.ts";

beforeEach(() => {
  vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "0");
});

test("databases, nodes with their pods, the control plane, DNS, the API, Services and endpoints are where AWS would have them", async () => {
  const network = await createNetwork();
  const { availabilityZone } = await create("rds/instance:Instance", await instanceInputs(network));
  await create("eks/cluster:Cluster", await clusterInputs(network));
  const folder = dataPath("clusters", "service", "nodes", "i-1");
  mkdirSync(folder, { recursive: true });
  const node = { cluster: "service", name: "i-1", zone: "eu-central-1a", address: "10.213.0.7" };
  writeFileSync(`${folder}/node.json`, JSON.stringify(node));

  expect(availabilityZone).toBe("eu-central-1a");
  // Here, since harness.ts stands in for the engines.
  const { placesOf } = await import("../../emulator/network-policy/resources.ts");
  expect(placesOf("service")).toEqual([
    { here: "10.213.0.2/32", inAws: "10.0.0.0/24" },
    { here: "10.213.0.7/32", inAws: "10.0.0.0/24" },
    { here: "100.64.7.0/24", inAws: "10.0.0.0/24" },
    { here: "10.213.0.3/32", inAws: "10.0.1.0/24" },
    { here: "10.213.0.3/32", inAws: "172.20.0.10/32" },
    { here: "100.80.3.1/32", inAws: "172.20.0.1/32" },
    { here: "100.80.3.0/24", inAws: "172.20.0.0/16" },
    { here: "10.213.0.99/32", inAws: "203.0.113.1/32" },
  ]);
});

const places: Place[] = [
  { here: "10.213.0.2/32", inAws: "10.0.144.0/24" },
  { here: "100.64.7.0/24", inAws: "10.0.0.0/19" },
  { here: "10.213.0.99/32", inAws: "203.0.113.1/32" },
];
const rule = (cidr: string, ...except: string[]): Rule => ({ cidr, except, ports: [], isBlock: true });
const said = (block: Rule) =>
  placed({ address: "", nodeName: "", egress: [block] }, places).egress?.map(({ cidr, except }) =>
    [cidr, ...except].join(" but "),
  );

test.each([
  ["the database's subnet", rule("10.0.144.0/24"), ["10.213.0.2/32", "10.0.144.0/24"]],
  ["one that holds it", rule("10.0.0.0/16"), ["10.213.0.2/32", "100.64.7.0/24", "10.0.0.0/16"]],
  [
    "one without it",
    rule("10.0.0.0/16", "10.0.144.0/20"),
    ["100.64.7.0/24", "10.0.0.0/16 but 10.0.144.0/20"],
  ],
  ["a part of it", rule("10.0.144.0/25"), ["10.0.144.0/25"]],
  [
    "the internet",
    rule("0.0.0.0/0", "10.0.0.0/8"),
    ["10.213.0.99/32", "0.0.0.0/0 but 10.0.0.0/8 but 10.213.0.2/32 but 100.64.7.0/24"],
  ],
  ["a pod's address as it is here", rule("100.64.7.3/32"), ["100.64.7.3/32"]],
  ["elsewhere", rule("192.168.0.0/16"), ["192.168.0.0/16"]],
])("a block with %s", (_, block, blocks) => {
  expect(said(block)).toEqual(blocks);
});

test("what a selector found stays what it is", () => {
  expect(said({ ...rule("10.213.0.2/32"), isBlock: false })).toEqual(["10.213.0.2/32"]);
});
