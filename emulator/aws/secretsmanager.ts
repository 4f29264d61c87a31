// secretsmanager.Secret and secretsmanager.SecretVersion. The secret itself is never in the emulator's state, but in
// ../secretsmanager's, which gives it out.
import { publishSecretsManager } from "../engines/endpoints.ts";
import { boolean, matching, number, set, string, tags } from "../provider/properties.ts";
import { removeValue, storeValue } from "../secretsmanager/values.ts";
import { arn, derived, nameFrom, newUuid } from "./account.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { resourceType } from "./resource.ts";
import {
  notFound,
  regionOf,
  type Secret,
  type SecretVersion,
  secrets,
  versions,
  versionsOf,
} from "./secretsmanager-secrets.ts";
import { type Identified, table } from "./store.ts";

const name = matching(/^[\w/+=.@-]{1,512}$/, "1 to 512 letters, digits and /_+=.@-");
/** Terraform's provider adds 26 characters (internal/service/secretsmanager/validate.go, 2026-11). */
const prefix = matching(/^[\w/+=.@-]{1,486}$/, "1 to 486 letters, digits and /_+=.@-");

const secretProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: prefix }),
  description: string(),
  kmsKeyId: string(),
  recoveryWindowInDays: number({
    default: 30,
    constraint: { test: (days) => days === 0 || (days >= 7 && days <= 30), allowed: "0, or from 7 to 30" },
  }),
  forceOverwriteReplicaSecret: boolean({ default: false }),
  tags,
};

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

const publish = (all: Secret[]): void => publishSecretsManager([...new Set(all.map(regionOf))]);

export const secret = resourceType({
  token: "aws:secretsmanager/secret:Secret",
  invalid: "InvalidParameterException",
  table: secrets,
  properties: secretProperties,
  check({ name, namePrefix }) {
    if (name && namePrefix)
      throw new AwsError("InvalidParameterException", "name and namePrefix are two ways to say the same");
  },
  create({ name: given, namePrefix, kmsKeyId }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    refuseName(name);
    if (kmsKeyId) expectKey(kmsKeyId, "InvalidParameterException");
    const secretArn = arn("secretsmanager", `secret:${name}-${derived(newUuid(), 6)}`);
    return { id: secretArn, arn: secretArn, name };
  },
  async start() {
    publish(secrets.list());
    return undefined;
  },
  update(_secret, { kmsKeyId }) {
    if (kmsKeyId) expectKey(kmsKeyId, "InvalidParameterException");
  },
  async stop({ id, name, arn, recoveryWindowInDays }) {
    for (const version of versionsOf(arn)) forget(version);
    publish(secrets.list().filter((other) => other.id !== id));
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

function forget({ id, versionId }: SecretVersion): void {
  removeValue(versionId);
  versions.remove(id);
}

const current = "AWSCURRENT";
const previous = "AWSPREVIOUS";

/**
 * The labels of a version, which no other version of the secret has from now on. The one that was current before
 * becomes the previous one, and a secret's first version is current in any case (PutSecretValue and
 * UpdateSecretVersionStage in the API reference, 2026-11).
 */
function attach({ id, arn }: SecretVersion, wanted: string[]): string[] {
  const others = versionsOf(arn).filter((version) => version.id !== id);
  const labels = others.length === 0 ? [...new Set([current, ...wanted])] : wanted;
  const isMoved = labels.includes(current) && others.some((other) => other.versionStages.includes(current));
  for (const other of others) {
    const was = other.versionStages;
    const kept = was.filter((label) => !labels.includes(label) && !(isMoved && label === previous));
    const versionStages = isMoved && was.includes(current) ? [...kept, previous] : kept;
    versions.put({ ...other, versionStages });
  }
  return isMoved ? labels.filter((label) => label !== previous) : labels;
}

export const secretVersion = resourceType({
  token: "aws:secretsmanager/secretVersion:SecretVersion",
  invalid: "InvalidParameterException",
  table: versions,
  properties: versionProperties,
  create({ secretId }) {
    const { arn } =
      secrets.find(({ arn, name }) => arn === secretId || name === secretId) ?? secrets.expect(secretId);
    const versionId = newUuid();
    return { id: `${arn}|${versionId}`, arn, versionId, versionStages: [] };
  },
  async start(version, { secretString, versionStages = [current] }) {
    storeValue(version.versionId, secretString);
    return { versionStages: attach(version, versionStages) };
  },
  update(version, { versionStages }) {
    if (!versionStages) return undefined;
    if (version.versionStages.includes(current) && !versionStages.includes(current)) {
      const message = `You can only move staging label ${current} to a different secret version. It can't be completely removed.`;
      throw new AwsError("InvalidParameterException", message);
    }
    return { versionStages: attach(version, versionStages) };
  },
  async stop(version) {
    if (!isCurrent(version)) removeValue(version.versionId);
  },
  // Terraform's provider takes a version's labels away, and AWS then drops it; that of the current one can't be.
  outlives: (version) => isCurrent(version),
});

const isCurrent = ({ versionStages }: SecretVersion): boolean => versionStages.includes(current);
