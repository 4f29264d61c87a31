// iam.Policy, a policy of the account's own.
import { json, string, tags, type Values } from "../provider/properties.ts";
import { derived, iamArn, nameFrom } from "./account.ts";
import { AwsError } from "./errors.ts";
import { managedPolicyArns } from "./iam-managed-policies.ts";
import { name, path, refuseSameKeys } from "./iam-names.ts";
import { refuseLongPolicy } from "./iam-quotas.ts";
import { checkPolicy } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";

const policyProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name(128) }),
  namePrefix: string({ replaceOnChange: true, constraint: name(102) }),
  path: string({ default: "/", replaceOnChange: true, constraint: path }),
  description: string({ replaceOnChange: true }),
  policy: json({ required: true }),
  tags,
};

interface Policy extends Identified, Values<typeof policyProperties> {
  arn: string;
  policyId: string;
}

export const policies = table<Policy>("iam/policy", { code: "NoSuchEntity", noun: "policy" });

export const policy = resourceType({
  token: "aws:iam/policy:Policy",
  invalid: "ValidationError",
  table: policies,
  properties: policyProperties,
  check({ policy, tags }) {
    checkPolicy(policy, "identity");
    refuseSameKeys(tags);
  },
  create({ name: given, namePrefix, path, policy }) {
    refuseLongPolicy(policy);
    const name = namePrefix ? nameFrom(namePrefix) : given;
    const arn = iamArn(`policy${path}${name}`);
    if (policies.get(arn))
      throw new AwsError("EntityAlreadyExists", `A policy called ${name} already exists.`);
    return { id: arn, arn, name, policyId: `ANPA${derived(arn, 16).toUpperCase()}` };
  },
  update(_policy, { policy }) {
    refuseLongPolicy(policy);
  },
  delete: ({ arn }) =>
    refuseWhileUsed(arn, ["iam/rolePolicyAttachment", "iam/role"], "policy", "DeleteConflict"),
});

/** AWS' own are there as well. */
export function refuseUnknownPolicy(arn: string | undefined): void {
  if (arn === undefined || managedPolicyArns.includes(arn) || policies.get(arn)) return;
  throw new AwsError("NoSuchEntity", `Policy ${arn} does not exist or is not attachable`);
}
