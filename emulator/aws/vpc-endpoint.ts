// ec2.VpcEndpoint: how a VPC reaches a service of AWS.

import { oneOf, set, string, tags, type Values } from "../provider/properties.ts";
import { accountId, arn, derived, newId, region } from "./account.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { routeTables } from "./routes.ts";
import { type Identified, table } from "./store.ts";
import { vpcs } from "./vpc.ts";

const vpcEndpointProperties = {
  vpcId: string({ required: true, replaceOnChange: true }),
  serviceName: string({ required: true, replaceOnChange: true }),
  // Interface endpoints have network interfaces, which nothing here needs yet.
  vpcEndpointType: string({ default: "Gateway", replaceOnChange: true, constraint: oneOf("Gateway") }),
  routeTableIds: set(string(), { computed: true }),
  tags,
};

interface VpcEndpoint extends Identified, Values<typeof vpcEndpointProperties> {
  arn: string;
  ownerId: string;
  prefixListId: string;
  routeTableIds: string[];
  state: string;
}

const vpcEndpoints = table<VpcEndpoint>("ec2/vpcEndpoint", {
  code: "InvalidVpcEndpointId.NotFound",
  noun: "Vpc Endpoint Id",
});

function refuseRouteTables(ids: string[], vpcId: string): void {
  for (const id of ids) {
    if (routeTables.expect(id).vpcId !== vpcId) {
      throw new AwsError("InvalidParameter", `Route table ${id} belongs to different VPC than ${vpcId}`);
    }
  }
}

export const vpcEndpoint = resourceType({
  token: "aws:ec2/vpcEndpoint:VpcEndpoint",
  invalid: "InvalidParameter",
  table: vpcEndpoints,
  properties: vpcEndpointProperties,
  create({ vpcId, serviceName, routeTableIds = [] }) {
    const services = ["s3", "dynamodb"].map((service) => `com.amazonaws.${region()}.${service}`);
    if (!services.includes(serviceName)) {
      const message = `The Vpc Endpoint Service '${serviceName}' does not exist; allowed: ${services.join(", ")}`;
      throw new AwsError("InvalidServiceName", message);
    }
    refuseRouteTables(routeTableIds, vpcs.expect(vpcId).id);
    const id = newId("vpce");
    return {
      id,
      arn: arn("ec2", `vpc-endpoint/${id}`),
      ownerId: accountId,
      prefixListId: `pl-${derived(serviceName, 8)}`,
      routeTableIds,
      state: "available",
    };
  },
  update({ vpcId }, { routeTableIds = [] }) {
    refuseRouteTables(routeTableIds, vpcId);
  },
});
