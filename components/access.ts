import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { Database } from "./database.ts";

/** Lets the cluster's pods reach the database. By itself, since cluster and database don't wait for each other. */
export function access(name: string, cluster: Cluster, database: Database, opts: pulumi.ResourceOptions) {
  return new SecurityGroupIngressRule(
    name,
    {
      description: "PostgreSQL from the pods of the cluster",
      securityGroupId: database.securityGroupId,
      referencedSecurityGroupId: cluster.securityGroupId,
      ipProtocol: "tcp",
      fromPort: database.port,
      toPort: database.port,
    },
    opts,
  );
}
