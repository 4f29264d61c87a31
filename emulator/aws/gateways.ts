// ec2.InternetGateway, ec2.Eip and ec2.NatGateway: how a VPC reaches the internet.

import { oneOf, string, tags, type Values } from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId, arn, isHere, newId } from "./account.ts";
import { loadBalancers } from "./elbv2-load-balancers.ts";
import { AwsError } from "./errors.ts";
import { quotas, refuseBeyond } from "./quotas.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";
import { subnets, vpcs } from "./vpc.ts";

const internetGatewayProperties = { vpcId: string({ required: true, replaceOnChange: true }), tags };

interface InternetGateway extends Identified, Values<typeof internetGatewayProperties> {
  arn: string;
  ownerId: string;
}

export const internetGateways = table<InternetGateway>("ec2/internetGateway", {
  code: "InvalidInternetGatewayID.NotFound",
  noun: "internetGateway ID",
});

export const internetGateway = resourceType({
  token: "aws:ec2/internetGateway:InternetGateway",
  invalid: "InvalidParameterValue",
  table: internetGateways,
  properties: internetGatewayProperties,
  create({ vpcId }) {
    const other = internetGateways.find((gateway) => gateway.vpcId === vpcs.expect(vpcId).id);
    if (other) {
      const message = `Network ${vpcId} already has an internet gateway attached: ${other.id}`;
      throw new AwsError("InvalidParameterValue", message);
    }
    const id = newId("igw");
    return { id, arn: arn("ec2", `internet-gateway/${id}`), ownerId: accountId };
  },
  delete({ vpcId }) {
    const nat = natGateways.find(
      (gateway) => vpcOf(gateway) === vpcId && gateway.connectivityType === "public",
    );
    if (nat) {
      const message = `Network ${vpcId} has some mapped public address(es): unmap those of ${nat.id} first`;
      throw new AwsError("DependencyViolation", message);
    }
    const balancer = loadBalancers.find((other) => other.vpcId === vpcId && !other.internal);
    if (balancer) {
      const message = `Network ${vpcId} has some mapped public address(es): those of ${balancer.arn}`;
      throw new AwsError("DependencyViolation", message);
    }
  },
});

const eipProperties = {
  domain: string({ default: "vpc", replaceOnChange: true, constraint: oneOf("vpc") }),
  tags,
};

interface Eip extends Identified, Values<typeof eipProperties> {
  arn: string;
  allocationId: string;
  publicIp: string;
}

const eips = table<Eip>("ec2/eip", { code: "InvalidAllocationID.NotFound", noun: "allocation ID" });

export const eip = resourceType({
  token: "aws:ec2/eip:Eip",
  invalid: "InvalidParameterValue",
  table: eips,
  properties: eipProperties,
  create() {
    refuseBeyond(quotas.elasticIps, eips.list().filter(isHere).length);
    const id = newId("eipalloc");
    // The first free one of the addresses that are reserved for documentation (RFC 5737).
    const taken = new Set(eips.list().map((other) => other.publicIp));
    let host = 1;
    while (taken.has(`203.0.113.${host}`)) host++;
    const publicIp = `203.0.113.${host}`;
    return { id, allocationId: id, publicIp, arn: arn("ec2", `elastic-ip/${id}`) };
  },
  delete: ({ id }) =>
    refuseWhileUsed(id, ["ec2/natGateway"], "address with allocation id", "InvalidIPAddress.InUse"),
});

const natGatewayProperties = {
  subnetId: string({ required: true, replaceOnChange: true }),
  allocationId: string({ replaceOnChange: true }),
  connectivityType: string({
    default: "public",
    replaceOnChange: true,
    constraint: oneOf("public", "private"),
  }),
  tags,
};

interface NatGateway extends Identified, Values<typeof natGatewayProperties> {
  networkInterfaceId: string;
  publicIp?: string;
}

export const natGateways = table<NatGateway>("ec2/natGateway", {
  code: "NatGatewayNotFound",
  noun: "NAT gateway",
});

export const vpcOf = (gateway: NatGateway): string => subnets.expect(gateway.subnetId).vpcId;

export const natGateway = resourceType({
  token: "aws:ec2/natGateway:NatGateway",
  invalid: "InvalidParameterValue",
  table: natGateways,
  properties: natGatewayProperties,
  check({ allocationId, connectivityType }) {
    if (isUnknown(connectivityType)) return;
    if ((connectivityType === "public") !== (allocationId !== undefined)) {
      const message = `A public NAT gateway needs an allocationId, a private one has none; got ${connectivityType}, ${allocationId}`;
      throw new AwsError("InvalidParameterCombination", message);
    }
  },
  create({ subnetId, allocationId }) {
    const { vpcId, availabilityZone } = subnets.expect(subnetId);
    const inZone = natGateways
      .list()
      .filter((gateway) => subnets.get(gateway.subnetId)?.availabilityZone === availabilityZone);
    refuseBeyond(quotas.natGatewaysPerZone, inZone.length);
    const created = { id: newId("nat"), networkInterfaceId: newId("eni") };
    if (!allocationId) return created;
    if (!internetGateways.find((gateway) => gateway.vpcId === vpcId)) {
      throw new AwsError("Gateway.NotAttached", `Network ${vpcId} has no Internet gateway attached`);
    }
    const { publicIp } = eips.expect(allocationId);
    const other = natGateways.find((gateway) => gateway.allocationId === allocationId);
    if (other) {
      const message = `Elastic IP address [${allocationId}] is already associated with ${other.id}`;
      throw new AwsError("Resource.AlreadyAssociated", message);
    }
    return { ...created, publicIp };
  },
});
