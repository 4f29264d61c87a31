import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import { trust } from "./trust.ts";

export interface GrantedRole {
  arn: pulumi.Output<string>;
  /** Whatever takes on the role waits for these: until then it may do nothing. */
  attachments: RolePolicyAttachment[];
}

/** A role for an AWS service, with policies of AWS' own by their names. */
export function role(
  name: string,
  service: string,
  policies: string[],
  parent: pulumi.Resource,
): GrantedRole {
  const role = new Role(name, { assumeRolePolicy: trust(service) }, { parent });
  const attachments = policies.map(
    (policy) =>
      new RolePolicyAttachment(
        `${name}-${policy.split("/").at(-1)}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
        { parent },
      ),
  );
  return { arn: role.arn, attachments };
}
