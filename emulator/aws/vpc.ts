// ec2.Vpc and ec2.Subnet.

import { boolean, oneOf, string, tags, type Values } from "../provider/properties.ts";
import { accountId, arn, isHere, newId, region, zoneId, zoneNames } from "./account.ts";
import { cidr, contains, overlaps } from "./cidr.ts";
import { AwsError } from "./errors.ts";
import { quotas, refuseBeyond } from "./quotas.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";

const vpcProperties = {
  // Only an IPAM pool, which the emulator doesn't have, could choose it.
  cidrBlock: string({ required: true, replaceOnChange: true, constraint: cidr(16, 28, "InvalidVpc.Range") }),
  enableDnsHostnames: boolean({ computed: true }),
  enableDnsSupport: boolean({ default: true }),
  instanceTenancy: string({ default: "default", constraint: oneOf("default", "dedicated") }),
  tags,
};

interface Vpc extends Identified, Values<typeof vpcProperties> {
  arn: string;
  ownerId: string;
  enableDnsHostnames: boolean;
  defaultNetworkAclId: string;
  defaultRouteTableId: string;
  mainRouteTableId: string;
  dhcpOptionsId: string;
  defaultSecurityGroupId?: string;
}

export const vpcs = table<Vpc>("ec2/vpc", { code: "InvalidVpcID.NotFound", noun: "vpc ID" });

/** Of the security group that comes with each VPC. */
export const defaultGroupProperties = { vpcId: string({ required: true, replaceOnChange: true }), tags };

interface DefaultSecurityGroup extends Identified, Values<typeof defaultGroupProperties> {
  arn: string;
  name: string;
  ownerId: string;
}

export const defaultSecurityGroups = table<DefaultSecurityGroup>("ec2/defaultSecurityGroup", {
  code: "InvalidGroup.NotFound",
  noun: "security group",
});

export const vpc = resourceType({
  token: "aws:ec2/vpc:Vpc",
  invalid: "InvalidParameterValue",
  table: vpcs,
  properties: vpcProperties,
  create({ enableDnsHostnames = false }) {
    refuseBeyond(quotas.vpcs, vpcs.list().filter(isHere).length);
    const id = newId("vpc");
    const mainRouteTableId = newId("rtb");
    return {
      id,
      arn: arn("ec2", `vpc/${id}`),
      ownerId: accountId,
      enableDnsHostnames,
      defaultNetworkAclId: newId("acl"),
      defaultRouteTableId: mainRouteTableId,
      mainRouteTableId,
      dhcpOptionsId: newId("dopt"),
    };
  },
  async start({ id: vpcId }) {
    const id = newId("sg");
    defaultSecurityGroups.put({
      id,
      vpcId,
      tags: {},
      arn: arn("ec2", `security-group/${id}`),
      name: "default",
      ownerId: accountId,
    });
    return { defaultSecurityGroupId: id };
  },
  delete({ id }) {
    const parts = ["internetGateway", "subnet", "routeTable", "securityGroup", "vpcEndpoint"];
    refuseWhileUsed(
      id,
      parts.map((part) => `ec2/${part}`),
      "vpc",
    );
  },
  async stop({ defaultSecurityGroupId }) {
    if (defaultSecurityGroupId) defaultSecurityGroups.remove(defaultSecurityGroupId);
  },
});

const subnetProperties = {
  vpcId: string({ required: true, replaceOnChange: true }),
  cidrBlock: string({
    required: true,
    replaceOnChange: true,
    constraint: cidr(16, 28, "InvalidSubnet.Range"),
  }),
  availabilityZone: string({ computed: true, replaceOnChange: true }),
  mapPublicIpOnLaunch: boolean({ default: false }),
  tags,
};

interface Subnet extends Identified, Values<typeof subnetProperties> {
  arn: string;
  ownerId: string;
  availabilityZone: string;
  availabilityZoneId: string;
}

export const subnets = table<Subnet>("ec2/subnet", { code: "InvalidSubnetID.NotFound", noun: "subnet ID" });

export const subnet = resourceType({
  token: "aws:ec2/subnet:Subnet",
  invalid: "InvalidParameterValue",
  table: subnets,
  properties: subnetProperties,
  create({ vpcId, cidrBlock, availabilityZone = `${region()}a` }) {
    const { cidrBlock: vpcBlock } = vpcs.expect(vpcId);
    if (!contains(vpcBlock, cidrBlock)) {
      throw new AwsError(
        "InvalidSubnet.Range",
        `The CIDR '${cidrBlock}' is invalid; allowed: inside ${vpcBlock}`,
      );
    }
    const other = subnets.find((subnet) => subnet.vpcId === vpcId && overlaps(subnet.cidrBlock, cidrBlock));
    if (other) {
      const message = `The CIDR '${cidrBlock}' conflicts with another subnet: ${other.id} has ${other.cidrBlock}`;
      throw new AwsError("InvalidSubnet.Conflict", message);
    }
    if (!zoneNames().includes(availabilityZone)) {
      const message = `Value (${availabilityZone}) for parameter availabilityZone is invalid; allowed: ${zoneNames().join(", ")}`;
      throw new AwsError("InvalidParameterValue", message);
    }
    const id = newId("subnet");
    return {
      id,
      arn: arn("ec2", `subnet/${id}`),
      ownerId: accountId,
      availabilityZone,
      availabilityZoneId: zoneId(availabilityZone),
    };
  },
  delete: ({ id }) =>
    refuseWhileUsed(id, ["ec2/natGateway", "eks/cluster", "elbv2/loadBalancer", "rds/subnetGroup"], "subnet"),
});

/** The subnets, after the rule that EKS and RDS share: they cover at least two zones of one VPC. */
export function spreadSubnets(ids: string[], codes: { missing: string; zones: string }): { vpcId: string } {
  const found = ids.map((id) => {
    const known = subnets.get(id);
    if (!known) throw new AwsError(codes.missing, `The subnet ID '${id}' does not exist`);
    return known;
  });
  const zones = [...new Set(found.map((known) => known.availabilityZone))];
  if (zones.length < 2) {
    throw new AwsError(
      codes.zones,
      `Subnets must cover at least two zones; these cover ${zones.join() || "none"}`,
    );
  }
  const [first, ...others] = found;
  if (!first || others.some((known) => known.vpcId !== first.vpcId)) {
    throw new AwsError(
      codes.missing,
      `Subnets must be in one VPC; got ${found.map((known) => known.vpcId).join(", ")}`,
    );
  }
  return { vpcId: first.vpcId };
}
