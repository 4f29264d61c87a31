import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";

interface Group {
  securityGroupId: pulumi.Output<string>;
}

/** Lets one group reach a port of another. By itself, since those who own the two don't wait for each other. */
export function access(
  name: string,
  description: string,
  from: Group,
  to: Group & { port: pulumi.Input<number> },
  opts: pulumi.ResourceOptions,
) {
  return new SecurityGroupIngressRule(
    name,
    {
      description,
      securityGroupId: to.securityGroupId,
      referencedSecurityGroupId: from.securityGroupId,
      ipProtocol: "tcp",
      fromPort: to.port,
      toPort: to.port,
    },
    opts,
  );
}
