// How much IAM takes into a policy and onto a role: IAM user guide, reference_iam-quotas (2026-11).
import { AwsError } from "./errors.ts";

/** IAM doesn't count white space. */
const lengthOf = (policy: string): number => policy.replace(/\s/g, "").length;

function refuseOver(quota: string, limit: number, size: number): void {
  // IAM's own words: RedHat's and Spectro Cloud's guides, terraform-aws-modules' karpenter.
  if (size > limit) throw new AwsError("LimitExceeded", `Cannot exceed quota for ${quota}: ${limit}`);
}

export const refuseLongPolicy = (policy: string): void => refuseOver("PolicySize", 6144, lengthOf(policy));

export const refuseLongTrust = (policy: string): void => refuseOver("ACLSizePerRole", 2048, lengthOf(policy));

/** @param attached how many there would be */
export const refuseManyPolicies = (attached: number): void => refuseOver("PoliciesPerRole", 10, attached);

/** A role's inline policies count together. */
export function refuseLongInline(role: string, policies: string[]): void {
  const limit = 10_240;
  if (lengthOf(policies.join("")) <= limit) return;
  // In IAM's words: aws-amplify/amplify-cli#1699.
  throw new AwsError("LimitExceeded", `Maximum policy size of ${limit} bytes exceeded for role ${role}`);
}
