// secretsmanager.Secret and secretsmanager.SecretVersion. The secret itself is never in the emulator's state.

import { boolean, matching, number, set, string, tags, type Values } from "../provider/properties.ts";
import { arn, derived, nameFrom, newUuid } from "./account.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

const name = matching(/^[\w/+=.@-]{1,512}$/, "1 to 512 letters, digits and /_+=.@-");

const secretProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: name }),
  description: string(),
  kmsKeyId: string(),
  recoveryWindowInDays: number({
    default: 30,
    constraint: { test: (days) => days === 0 || (days >= 7 && days <= 30), allowed: "0, or from 7 to 30" },
  }),
  forceOverwriteReplicaSecret: boolean({ default: false }),
  tags,
};

interface Secret extends Identified, Values<typeof secretProperties> {
  arn: string;
}

const notFound = { code: "ResourceNotFoundException", noun: "secret" };
const secrets = table<Secret>("secretsmanager/secret", notFound);

interface DeletedSecret extends Identified {
  /** When AWS deletes it for good. */
  deletionDate: string;
}

/** Names that wait out a recovery window. */
const deletedSecrets = table<DeletedSecret>("secretsmanager/deletedSecret", notFound);

function refuseName(name: string): void {
  if (secrets.find((secret) => secret.name === name)) {
    const message = `The operation failed because the secret ${name} already exists.`;
    throw new AwsError("ResourceExistsException", message);
  }
  const { deletionDate } = deletedSecrets.get(name) ?? {};
  if (deletionDate && new Date(deletionDate) > new Date()) {
    const message = `You can't create this secret because a secret with this name is already scheduled for deletion: ${name} on ${deletionDate}`;
    throw new AwsError("InvalidRequestException", message);
  }
}

export const secret = resourceType({
  token: "aws:secretsmanager/secret:Secret",
  invalid: "InvalidParameterException",
  table: secrets,
  properties: secretProperties,
  create({ name: given, namePrefix, kmsKeyId }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    refuseName(name);
    if (kmsKeyId) expectKey(kmsKeyId, "InvalidParameterException");
    const secretArn = arn("secretsmanager", `secret:${name}-${derived(newUuid(), 6)}`);
    return { id: secretArn, arn: secretArn, name };
  },
  update(_secret, { kmsKeyId }) {
    if (kmsKeyId) expectKey(kmsKeyId, "InvalidParameterException");
  },
  async stop({ name, recoveryWindowInDays }) {
    if (recoveryWindowInDays === 0) return;
    const deletionDate = new Date();
    deletionDate.setDate(deletionDate.getDate() + recoveryWindowInDays);
    deletedSecrets.put({ id: name, deletionDate: deletionDate.toISOString() });
  },
});

const versionProperties = {
  secretId: string({ required: true, replaceOnChange: true }),
  secretString: string({
    required: true,
    replaceOnChange: true,
    sensitive: true,
    constraint: {
      test: (value) => value.length > 0 && Buffer.byteLength(value) <= 65536,
      allowed: "1 to 65536 bytes",
    },
  }),
  versionStages: set(string(), { computed: true }),
};

interface SecretVersion extends Identified, Values<typeof versionProperties> {
  arn: string;
  versionId: string;
}

export const secretVersion = resourceType({
  token: "aws:secretsmanager/secretVersion:SecretVersion",
  invalid: "InvalidParameterException",
  table: table<SecretVersion>("secretsmanager/secretVersion", notFound),
  properties: versionProperties,
  create({ secretId, versionStages = ["AWSCURRENT"] }) {
    const { arn } =
      secrets.find(({ arn, name }) => arn === secretId || name === secretId) ?? secrets.expect(secretId);
    const versionId = newUuid();
    return { id: `${arn}|${versionId}`, arn, versionId, versionStages };
  },
});
