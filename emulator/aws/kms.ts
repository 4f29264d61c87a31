// kms.Key and kms.Alias.

import {
  between,
  boolean,
  json,
  matching,
  number,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId, arn, callerArn, iamArn, newUuid } from "./account.ts";
import { AwsError } from "./errors.ts";
import { allows, checkPolicy } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

const keyProperties = {
  description: string({ computed: true, constraint: matching(/^.{0,8192}$/s, "at most 8192 characters") }),
  keyUsage: string({
    default: "ENCRYPT_DECRYPT",
    replaceOnChange: true,
    constraint: oneOf("ENCRYPT_DECRYPT"),
  }),
  customerMasterKeySpec: string({
    default: "SYMMETRIC_DEFAULT",
    replaceOnChange: true,
    constraint: oneOf("SYMMETRIC_DEFAULT"),
  }),
  multiRegion: boolean({ computed: true, replaceOnChange: true }),
  isEnabled: boolean({ default: true }),
  enableKeyRotation: boolean({ default: false }),
  rotationPeriodInDays: number({ computed: true, constraint: between(90, 2560) }),
  deletionWindowInDays: number({ constraint: between(7, 30) }),
  policy: json({ computed: true }),
  tags,
};

interface Key extends Identified, Values<typeof keyProperties> {
  arn: string;
  keyId: string;
  policy: string;
}

const keys = table<Key>("kms/key", { code: "NotFoundException", noun: "key" });

/** What AWS gives a key without a policy: IAM of the account decides. */
const defaultPolicy = () =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: iamArn("root") },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

function checkKeyPolicy(policy: string | undefined): void {
  if (policy === undefined || isUnknown(policy)) return;
  checkPolicy(policy, "resource");
  const owners = [iamArn("root"), accountId, callerArn];
  if (!allows(policy, "AWS", owners, "kms:PutKeyPolicy")) {
    const message =
      "The new key policy will not allow you to update the key policy in the future; allow kms:* to";
    throw new AwsError("MalformedPolicyDocumentException", `${message} ${iamArn("root")}`);
  }
}

export const key = resourceType({
  token: "aws:kms/key:Key",
  invalid: "ValidationException",
  table: keys,
  properties: keyProperties,
  check({ policy, enableKeyRotation, rotationPeriodInDays }) {
    checkKeyPolicy(policy);
    if (rotationPeriodInDays !== undefined && enableKeyRotation === false) {
      throw new AwsError("ValidationException", "rotationPeriodInDays needs enableKeyRotation: true");
    }
  },
  create({ policy = defaultPolicy(), description = "", multiRegion = false }) {
    const id = newUuid();
    return { id, keyId: id, arn: arn("kms", `key/${id}`), policy, description, multiRegion };
  },
});

const aliasProperties = {
  name: string({
    autoName: true,
    replaceOnChange: true,
    constraint: matching(
      /^alias\/(?!aws\/)[\w/-]{1,250}$/,
      "alias/ (not alias/aws/) and 1 to 250 letters, digits and /_-",
      "InvalidAliasNameException",
    ),
  }),
  targetKeyId: string({ required: true }),
};

interface Alias extends Identified, Values<typeof aliasProperties> {
  arn: string;
  targetKeyArn: string;
}

const aliases = table<Alias>("kms/alias", { code: "NotFoundException", noun: "alias" });

/** A key by its id, its ARN, or an alias of it; `code` is what the service that wants it answers. */
export function expectKey(reference: string, code = "NotFoundException"): Key {
  const alias = aliases.find(({ name, arn }) => name === reference || arn === reference);
  const id = alias?.targetKeyId ?? reference;
  const found = keys.find((candidate) => candidate.id === id || candidate.arn === id);
  if (!found) throw new AwsError(code, `Key '${reference}' does not exist`);
  if (found.isEnabled === false) throw new AwsError(code, `Key '${reference}' is disabled`);
  return found;
}

export const alias = resourceType({
  token: "aws:kms/alias:Alias",
  invalid: "ValidationException",
  table: aliases,
  properties: aliasProperties,
  create({ name, targetKeyId }) {
    const aliasArn = arn("kms", name);
    if (aliases.get(name)) {
      throw new AwsError("AlreadyExistsException", `An alias with the name ${aliasArn} already exists`);
    }
    return { id: name, arn: aliasArn, targetKeyArn: expectKey(targetKeyId).arn };
  },
  update: (_alias, { targetKeyId }) => ({ targetKeyArn: expectKey(targetKeyId).arn }),
});
