// The policies that decide what a role may do. Of AWS' own ones the emulator knows the names alone; none of those that
// it takes says anything of objects in buckets.
import { attachments, findRole, rolePolicies } from "./iam.ts";
import { policies } from "./iam-policy.ts";
import type { Policies } from "./policy-evaluation.ts";

const allowsNothing = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** Undefined when there is no such role any more. */
export function policiesOf(roleArn: string): Policies | undefined {
  const role = findRole(roleArn);
  if (!role) return undefined;
  const inline = rolePolicies.list().filter((policy) => policy.role === role.name);
  const attached = attachments.list().filter((attachment) => attachment.role === role.name);
  const boundary = role.permissionsBoundary;
  return {
    identity: [
      ...inline.map(({ policy }) => policy),
      ...attached.flatMap(({ policyArn }) => policies.get(policyArn)?.policy ?? []),
    ],
    boundary: boundary && (policies.get(boundary)?.policy ?? allowsNothing),
  };
}
