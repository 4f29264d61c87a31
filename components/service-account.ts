import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import { trust } from "./trust.ts";

export interface ServiceAccountArgs {
  cluster: Cluster;
  namespace: pulumi.Input<string>;
  /** Of the account in Kubernetes. */
  accountName: string;
  /** Of the role's resource. */
  roleName: string;
  roleDescription: string;
  /** What its pods may do in AWS; without it, nothing. */
  policy?: pulumi.Input<string>;
}

/** A service account's name, once AWS knows its role: pods that start earlier stay without it. */
export function serviceAccount(
  name: string,
  { cluster, namespace, accountName, roleName, roleDescription, policy }: ServiceAccountArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const role = new Role(
    roleName,
    { assumeRolePolicy: trust("pods.eks.amazonaws.com"), description: roleDescription },
    { parent },
  );
  const rights = policy && new RolePolicy(roleName, { role: role.name, policy }, { parent });
  const account = new ServiceAccount(
    `${name}-account`,
    { metadata: { name: accountName, namespace }, automountServiceAccountToken: false },
    { parent },
  );
  const association = new PodIdentityAssociation(
    `${name}-identity`,
    {
      clusterName: cluster.name,
      namespace,
      serviceAccount: account.metadata.name,
      roleArn: role.arn,
    },
    { parent, dependsOn: rights ? [rights] : [] },
  );
  return association.serviceAccount;
}
