import { describe, expect, test } from "vitest";
import { Network, type NetworkArgs } from "../../components/network.ts";
import { carve } from "../../components/subnets.ts";
import { record } from "../harness.ts";

describe("carving a VPC", () => {
  test("gives four zones subnets that lie inside and never overlap", () => {
    for (const cidr of ["10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16"]) {
      const ranges = carve(cidr)
        .flatMap((zone) => Object.values(zone))
        .map(range);
      const [first, last] = range(cidr);
      expect(ranges).toHaveLength(12);
      const sorted = ranges.toSorted(([a], [b]) => a - b);
      for (const [index, [start, end]] of sorted.entries()) {
        expect(start).toBeGreaterThan(sorted[index - 1]?.[1] ?? first - 1);
        expect(end).toBeLessThanOrEqual(last);
      }
    }
  });

  test("starts every subnet at a multiple of its size, as AWS demands", () => {
    for (const cidr of carve("10.7.0.0/16").flatMap((zone) => Object.values(zone))) {
      const [start, end] = range(cidr);
      expect(start % (end - start + 1)).toBe(0);
    }
  });

  test("sizes them by what they hold", () => {
    expect(carve("10.0.0.0/16")[1]).toEqual({
      private: "10.0.32.0/19",
      public: "10.0.129.0/24",
      database: "10.0.145.0/24",
    });
  });

  test.each(["10.0.0.0/17", "10.0.1.0/16", "nonsense"])("refuses %s", (cidr) => {
    expect(() => carve(cidr)).toThrow(`got ${cidr}; allowed: a /16`);
  });
});

const network = async (args: Partial<NetworkArgs> = {}) => {
  const all: NetworkArgs = { cidr: "10.0.0.0/16", zones: 3, natGateways: "per-zone", ...args };
  return (await record(() => new Network("network", all)))[0];
};

test("each zone has a public, a private and a database subnet", async () => {
  const subnets = (await network()).ofType("aws:ec2/subnet:Subnet").map(({ inputs }) => inputs);
  expect(subnets).toHaveLength(9);
  for (const zone of ["eu-central-1a", "eu-central-1b", "eu-central-1c"]) {
    expect(subnets.filter(({ availabilityZone }) => availabilityZone === zone)).toHaveLength(3);
  }
});

test("a zone that is away for a while replaces no subnet", async () => {
  for (const { ignoreChanges } of (await network()).ofType("aws:ec2/subnet:Subnet"))
    expect(ignoreChanges).toEqual(["availabilityZone"]);
});

test("one zone more leaves the others' subnets as they are", async () => {
  const subnets = async (zones: number) =>
    (await network({ zones }))
      .ofType("aws:ec2/subnet:Subnet")
      .map(({ name, inputs }) => [name, inputs.cidrBlock]);
  expect(await subnets(3)).toEqual(expect.arrayContaining(await subnets(2)));
});

test.each([
  ["one", 1],
  ["per-zone", 3],
] as const)("with %s NAT, %i of them, and every private subnet has a way out", async (natGateways, count) => {
  const recording = await network({ natGateways });
  expect(recording.ofType("aws:ec2/natGateway:NatGateway")).toHaveLength(count);
  const exits = recording
    .ofType("aws:ec2/route:Route")
    .filter(({ inputs }) => inputs.natGatewayId)
    .map(({ inputs }) => inputs.routeTableId);
  const tables = recording
    .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
    .filter(({ inputs }) => inputs.subnetId.startsWith("network-private"))
    .map(({ inputs }) => inputs.routeTableId);
  expect(tables).toHaveLength(3);
  expect(new Set(tables)).toEqual(new Set(exits));
});

test("database subnets have no route out and none of the subnets gives out public addresses", async () => {
  const recording = await network();
  const associated = recording
    .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
    .map(({ inputs }) => inputs.subnetId as string);
  expect(associated.filter((id) => id.startsWith("network-database"))).toEqual([]);
  const giving = recording.ofType("aws:ec2/subnet:Subnet").filter(({ inputs }) => inputs.mapPublicIpOnLaunch);
  expect(giving).toEqual([]);
});

test("load balancers find their subnets by tag", async () => {
  const recording = await network();
  expect(recording.get("network-public-1").inputs.tags).toMatchObject({ "kubernetes.io/role/elb": "1" });
  expect(recording.get("network-private-1", "Subnet").inputs.tags).toMatchObject({
    "kubernetes.io/role/internal-elb": "1",
  });
});

test("the default security group lets nothing through", async () => {
  const { inputs } = (await network()).get("network-default");
  expect(Object.keys(inputs)).toEqual(["vpcId"]);
});

function range(cidr: string): [first: number, last: number] {
  const [address = "", bits] = cidr.split("/");
  const first = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + 2 ** (32 - Number(bits)) - 1];
}
