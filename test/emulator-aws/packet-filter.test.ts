// Security groups of a load balancer, as the packet filter of its box.
import { beforeEach, expect, test, vi } from "vitest";
import { packetFilter } from "../../emulator/load-balancer/firewall.ts";
import { create, type Outputs } from "./harness.ts";
import { createNetwork } from "./world.ts";

const sources = ["10.0.0.4", "10.0.1.4"];
const pods = "100.66.0.0/16";

let balancerGroup: string;
let cluster: { group: string; subnets: string[] };

beforeEach(async () => {
  vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "2");
  const { vpc, securityGroup, subnets } = await createNetwork();
  const made = await create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "load-balancer" });
  balancerGroup = made.id;
  cluster = { group: securityGroup.id, subnets: subnets.map(({ cidrBlock }) => cidrBlock) };
});

const rule = (
  direction: "Ingress" | "Egress",
  securityGroupId: string,
  [fromPort, toPort]: number[],
  other: Outputs,
) =>
  create(`vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`, {
    ...{ securityGroupId, ipProtocol: "tcp", fromPort, toPort },
    ...other,
  });

/** What is let through, but for what belongs to it already. */
const accepted = () =>
  packetFilter([balancerGroup], sources, cluster)
    .split("\n")
    .filter((line) => line.startsWith("-A") && !/ lo |conntrack/.test(line))
    .map((line) => line.replace(/^-A (.*) -j ACCEPT$/, "$1"));

test("without a rule nobody gets in, and no target is reached", () => {
  expect(accepted()).toEqual([]);
  expect(packetFilter([balancerGroup], sources, cluster)).toContain(":OUTPUT DROP");
});

test("clients come from the networks of its groups' rules; pods count as the cluster's subnets", async () => {
  await rule("Ingress", balancerGroup, [443, 443], { cidrIpv4: "198.51.100.0/24" });
  expect(accepted()).toEqual(["INPUT -p tcp -s 198.51.100.0/24 --dport 443:443"]);
  await rule("Ingress", balancerGroup, [80, 80], { cidrIpv4: "10.0.0.0/16" });
  expect(accepted()).toContain(`INPUT -p tcp -s ${pods} --dport 80:80`);
});

test.each([
  ["its group", () => ({ referencedSecurityGroupId: balancerGroup }), true],
  ["its subnets", () => ({ cidrIpv4: "10.0.0.0/23" }), true],
  ["one of its subnets alone", () => ({ cidrIpv4: "10.0.0.0/24" }), false],
])(
  "targets are reached at the ports that both groups allow: the cluster's lets in %s",
  async (_, from, isIn) => {
    await rule("Egress", balancerGroup, [8000, 8080], { cidrIpv4: "10.0.0.0/16" });
    expect(accepted()).toEqual([]);
    await rule("Ingress", cluster.group, [8040, 9000], from());
    expect(accepted()).toEqual(isIn ? [`OUTPUT -p tcp -d ${pods} --dport 8040:8080`] : []);
  },
);

test("a way in without a way out reaches nothing, nor does one at other ports", async () => {
  await rule("Ingress", cluster.group, [8000, 8000], { referencedSecurityGroupId: balancerGroup });
  expect(accepted()).toEqual([]);
  await rule("Egress", balancerGroup, [9000, 9000], { referencedSecurityGroupId: cluster.group });
  expect(accepted()).toEqual([]);
  await rule("Egress", balancerGroup, [8000, 8000], { referencedSecurityGroupId: cluster.group });
  expect(accepted()).toEqual([`OUTPUT -p tcp -d ${pods} --dport 8000:8000`]);
});
