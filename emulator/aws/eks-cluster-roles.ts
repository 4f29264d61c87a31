// What EKS asks of the roles that a cluster and its nodes take on.
import { type ClusterInputs, invalid } from "./eks-cluster-properties.ts";
import { missingManagedPolicies, refuseUntrusting } from "./iam.ts";

export function refuseRoles({ roleArn, computeConfig }: ClusterInputs): void {
  const isAutoMode = computeConfig?.enabled ?? false;
  const actions = ["sts:AssumeRole", ...(isAutoMode ? ["sts:TagSession"] : [])];
  refuseUntrusting(roleArn, "eks.amazonaws.com", actions, "InvalidParameterException");
  const autoModePolicies = ["Compute", "BlockStorage", "LoadBalancing", "Networking"];
  const kinds = ["Cluster", ...(isAutoMode ? autoModePolicies : [])];
  const missing = missingManagedPolicies(
    roleArn,
    kinds.map((kind) => `AmazonEKS${kind}Policy`),
  );
  if (missing.length > 0) {
    const message = "The provided role doesn't have the Amazon EKS Managed Policies associated with it";
    throw invalid(`${message}: ${roleArn} lacks ${missing.join(", ")}`);
  }
  if (!computeConfig?.nodeRoleArn) return;
  refuseUntrusting(
    computeConfig.nodeRoleArn,
    "ec2.amazonaws.com",
    ["sts:AssumeRole"],
    "InvalidParameterException",
  );
}
