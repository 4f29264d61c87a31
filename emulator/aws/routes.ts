// ec2.RouteTable, ec2.Route and ec2.RouteTableAssociation.

import { string, tags, type Values } from "../provider/properties.ts";
import { accountId, arn, derived, newId } from "./account.ts";
import { cidr } from "./cidr.ts";
import { AwsError } from "./errors.ts";
import { internetGateways, natGateways, vpcOf } from "./gateways.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";
import { subnets, vpcs } from "./vpc.ts";

const routeTableProperties = { vpcId: string({ required: true, replaceOnChange: true }), tags };

interface RouteTable extends Identified, Values<typeof routeTableProperties> {
  arn: string;
  ownerId: string;
}

export const routeTables = table<RouteTable>("ec2/routeTable", {
  code: "InvalidRouteTableID.NotFound",
  noun: "routeTable ID",
});

export const routeTable = resourceType({
  token: "aws:ec2/routeTable:RouteTable",
  invalid: "InvalidParameterValue",
  table: routeTables,
  properties: routeTableProperties,
  create({ vpcId }) {
    vpcs.expect(vpcId);
    const id = newId("rtb");
    return { id, arn: arn("ec2", `route-table/${id}`), ownerId: accountId };
  },
  delete: ({ id }) => refuseWhileUsed(id, ["ec2/routeTableAssociation"], "routeTable"),
});

const routeProperties = {
  routeTableId: string({ required: true, replaceOnChange: true }),
  destinationCidrBlock: string({ required: true, replaceOnChange: true, constraint: cidr(0, 32) }),
  gatewayId: string(),
  natGatewayId: string(),
};

type RouteInputs = Values<typeof routeProperties>;

interface Route extends Identified, RouteInputs {
  origin: string;
  state: string;
}

const routes = table<Route>("ec2/route", { code: "InvalidRoute.NotFound", noun: "route" });

function refuseTarget({ routeTableId, gatewayId, natGatewayId }: RouteInputs): void {
  const { vpcId } = routeTables.expect(routeTableId);
  const target = gatewayId
    ? internetGateways.expect(gatewayId).vpcId
    : vpcOf(natGateways.expect(natGatewayId ?? ""));
  if (target !== vpcId) {
    const message = `route table ${routeTableId} and ${gatewayId ?? natGatewayId} belong to different networks: ${vpcId}, ${target}`;
    throw new AwsError("InvalidParameterValue", message);
  }
}

export const route = resourceType({
  token: "aws:ec2/route:Route",
  invalid: "InvalidParameterValue",
  table: routes,
  properties: routeProperties,
  check({ gatewayId, natGatewayId }) {
    if ((gatewayId === undefined) === (natGatewayId === undefined)) {
      throw new AwsError("InvalidParameterCombination", "Exactly one of gatewayId, natGatewayId is needed");
    }
  },
  create(inputs) {
    refuseTarget(inputs);
    const { routeTableId, destinationCidrBlock } = inputs;
    const isLocal = vpcs.expect(routeTables.expect(routeTableId).vpcId).cidrBlock === destinationCidrBlock;
    const id = `r-${routeTableId}${derived(destinationCidrBlock, 10)}`;
    if (isLocal || routes.get(id)) {
      const message = `The route identified by ${destinationCidrBlock} already exists in ${routeTableId}`;
      throw new AwsError("RouteAlreadyExists", message);
    }
    return { id, origin: "CreateRoute", state: "active" };
  },
  update(_route, inputs) {
    refuseTarget(inputs);
  },
});

const associationProperties = {
  subnetId: string({ required: true, replaceOnChange: true }),
  routeTableId: string({ required: true }),
};

type AssociationInputs = Values<typeof associationProperties>;

const associations = table<Identified & AssociationInputs>("ec2/routeTableAssociation", {
  code: "InvalidAssociationID.NotFound",
  noun: "association ID",
});

function refuseAssociation({ subnetId, routeTableId }: AssociationInputs): void {
  const [subnet, routeTable] = [subnets.expect(subnetId), routeTables.expect(routeTableId)];
  if (subnet.vpcId !== routeTable.vpcId) {
    const message = `Route table ${routeTableId} and subnet ${subnetId} belong to different networks`;
    throw new AwsError("InvalidParameterValue", message);
  }
}

export const routeTableAssociation = resourceType({
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  invalid: "InvalidParameterValue",
  table: associations,
  properties: associationProperties,
  create(inputs) {
    refuseAssociation(inputs);
    const other = associations.find((association) => association.subnetId === inputs.subnetId);
    if (other) {
      const message = `the specified association for subnet ${inputs.subnetId} conflicts with ${other.id}`;
      throw new AwsError("Resource.AlreadyAssociated", message);
    }
    return { id: newId("rtbassoc") };
  },
  update(_association, inputs) {
    refuseAssociation(inputs);
  },
});

/** Whether what is in a subnet reaches the internet through a NAT gateway. */
export function hasWayOut(subnetId: string): boolean {
  const association = associations.find((candidate) => candidate.subnetId === subnetId);
  const exits = routes
    .list()
    .filter((route) => route.routeTableId === association?.routeTableId && route.natGatewayId)
    .map(({ natGatewayId }) => natGateways.get(natGatewayId ?? ""));
  return exits.some((nat) => nat && internetGateways.find(({ vpcId }) => vpcId === vpcOf(nat)));
}
