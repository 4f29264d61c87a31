// iam.Role, and its policies: iam.RolePolicy and iam.RolePolicyAttachment.
import {
  between,
  boolean,
  json,
  matching,
  number,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { derived, iamArn, nameFrom } from "./account.ts";
import { AwsError } from "./errors.ts";
import { name, path, refuseSameKeys } from "./iam-names.ts";
import { refuseUnknownPolicy } from "./iam-policy.ts";
import { refuseLongInline, refuseLongTrust, refuseManyPolicies } from "./iam-quotas.ts";
import { allows, checkPolicy, refuseUnknownServices } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";

const roleProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name(64) }),
  // Terraform's suffix takes 26 of the 64 characters.
  namePrefix: string({ replaceOnChange: true, constraint: name(38) }),
  assumeRolePolicy: json({ required: true }),
  description: string({ constraint: matching(/^.{0,1000}$/s, "at most 1000 characters") }),
  maxSessionDuration: number({ default: 3600, constraint: between(3600, 43200) }),
  permissionsBoundary: string(),
  path: string({ default: "/", replaceOnChange: true, constraint: path }),
  forceDetachPolicies: boolean({ default: false }),
  tags,
};

interface Role extends Identified, Values<typeof roleProperties> {
  arn: string;
  uniqueId: string;
  createDate: string;
}

const roles = table<Role>("iam/role", { code: "NoSuchEntity", noun: "role with name" });

export const role = resourceType({
  token: "aws:iam/role:Role",
  invalid: "ValidationError",
  table: roles,
  properties: roleProperties,
  check({ assumeRolePolicy, tags }) {
    checkPolicy(assumeRolePolicy, "trust");
    refuseSameKeys(tags);
  },
  create({ name, namePrefix, path, permissionsBoundary, assumeRolePolicy }) {
    const id = namePrefix ? nameFrom(namePrefix) : name;
    if (roles.get(id)) throw new AwsError("EntityAlreadyExists", `Role with name ${id} already exists.`);
    refuseUnknownPolicy(permissionsBoundary);
    refuseUnknownServices(assumeRolePolicy);
    refuseLongTrust(assumeRolePolicy);
    const uniqueId = `AROA${derived(id, 16).toUpperCase()}`;
    return { id, name: id, arn: iamArn(`role${path}${id}`), uniqueId, createDate: new Date().toISOString() };
  },
  update(_role, { permissionsBoundary, assumeRolePolicy }) {
    refuseUnknownPolicy(permissionsBoundary);
    refuseUnknownServices(assumeRolePolicy);
    refuseLongTrust(assumeRolePolicy);
  },
  delete({ id, arn, forceDetachPolicies }) {
    const users = ["eks/cluster", "eks/addon", "eks/podIdentityAssociation", "rds/instance"];
    refuseWhileUsed(arn, users, "role", "DeleteConflict");
    if (forceDetachPolicies) return;
    const attached = attachments.find((attachment) => attachment.role === id)?.policyArn;
    const inline = rolePolicies.find((policy) => policy.role === id)?.name;
    if (attached ?? inline) {
      const message = `Cannot delete role ${id}, must detach or delete its policies first: ${attached ?? inline}`;
      throw new AwsError("DeleteConflict", message);
    }
  },
  async stop({ id }) {
    for (const policies of [attachments, rolePolicies]) {
      const own = policies.list().filter((policy) => policy.role === id);
      for (const policy of own) policies.remove(policy.id);
    }
  },
});

const rolePolicyProperties = {
  role: string({ required: true, replaceOnChange: true }),
  name: string({ autoName: true, replaceOnChange: true, constraint: name(128) }),
  policy: json({ required: true }),
};

export const rolePolicies = table<Identified & Values<typeof rolePolicyProperties>>("iam/rolePolicy", {
  code: "NoSuchEntity",
  noun: "role policy",
});

function refuseInline({ role, name, policy }: Values<typeof rolePolicyProperties>): void {
  const others = rolePolicies.list().filter((other) => other.role === role && other.name !== name);
  refuseLongInline(role, [...others.map((other) => other.policy), policy]);
}

export const rolePolicy = resourceType({
  token: "aws:iam/rolePolicy:RolePolicy",
  invalid: "ValidationError",
  table: rolePolicies,
  properties: rolePolicyProperties,
  check: ({ policy }) => checkPolicy(policy, "identity"),
  create(inputs) {
    refuseInline(inputs);
    return { id: `${roles.expect(inputs.role).id}:${inputs.name}` };
  },
  update(_policy, inputs) {
    refuseInline(inputs);
  },
});

const attachmentProperties = {
  role: string({ required: true, replaceOnChange: true }),
  policyArn: string({ required: true, replaceOnChange: true }),
};

export const attachments = table<Identified & Values<typeof attachmentProperties>>(
  "iam/rolePolicyAttachment",
  {
    code: "NoSuchEntity",
    noun: "attachment",
  },
);

export const rolePolicyAttachment = resourceType({
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  invalid: "ValidationError",
  table: attachments,
  properties: attachmentProperties,
  create({ role, policyArn }) {
    refuseUnknownPolicy(policyArn);
    refuseManyPolicies(attachments.list().filter((other) => other.role === role).length + 1);
    return { id: `${roles.expect(role).id}/${policyArn}` };
  },
});

export const findRole = (arn: string): Role | undefined => roles.find((role) => role.arn === arn);

/** Refuses a role that doesn't exist, or that `service` may not assume. */
export function refuseUntrusting(arn: string, service: string, actions: string[], code: string): void {
  const role = findRole(arn);
  if (!role)
    throw new AwsError(code, `Role with arn: ${arn}, could not be assumed because it does not exist`);
  const missing = actions.filter((action) => !allows(role.assumeRolePolicy, "Service", [service], action));
  if (missing.length > 0) {
    throw new AwsError(code, `The trust policy of ${arn} must allow ${service} ${missing.join(" and ")}`);
  }
}

/** Names of those of AWS' own policies that are not attached to the role. */
export function missingManagedPolicies(roleArn: string, names: string[]): string[] {
  const attached = attachments.list().filter(({ role }) => role === findRole(roleArn)?.name);
  const attachedNames = attached.map(({ policyArn }) => policyArn.split("/").at(-1));
  return names.filter((name) => !attachedNames.includes(name));
}
