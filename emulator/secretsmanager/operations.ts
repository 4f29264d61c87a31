// What Secrets Manager does for a caller who is known. Errors: its API reference, aws-sdk-js-v3#7701, moto#3349,
// kubernetes-external-secrets#838 (2026-11).
import { AwsError } from "../aws/errors.ts";
import { expectKey } from "../aws/kms.ts";
import type { Policies } from "../aws/policy-evaluation.ts";
import { policiesOf } from "../aws/role-policies.ts";
import { findSecret, type Secret, type SecretVersion, versionsOf } from "../aws/secretsmanager-secrets.ts";
import { type Caller, callerArn, type Details, isPermitted, mayUseKey } from "../endpoints/authorization.ts";
import { notImplemented, SecretsManagerError, unknownCaller } from "./error.ts";
import { findValue } from "./values.ts";

export type Input = Record<string, unknown>;

function stringOf(input: Input, name: string, shortest = 1): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length >= shortest) return value;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const constraint = `Member must have length greater than or equal to ${shortest}`;
  throw new SecretsManagerError(
    "ValidationException",
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

function secretIdOf(input: Input): string {
  const secretId = stringOf(input, "SecretId");
  if (secretId) return secretId;
  const message =
    "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null";
  throw new SecretsManagerError("ValidationException", message);
}

function rolePolicies({ session }: Caller): Policies {
  const found = policiesOf(session.roleArn);
  if (found) return found;
  throw unknownCaller();
}

function tagDetails({ tagsAll = {} }: Secret): Details {
  const names = ["aws:ResourceTag", "secretsmanager:ResourceTag"];
  return Object.fromEntries(
    names.flatMap((name) => Object.entries(tagsAll).map(([key, value]) => [`${name}/${key}`, value])),
  );
}

/**
 * The secret, if the caller may do that with it. Permission comes first: who may it for some secrets alone isn't told
 * that another isn't there (jenkinsci/aws-secrets-manager-credentials-provider-plugin#65).
 */
function expectSecret(caller: Caller, operation: string, input: Input, request: Details = {}): Secret {
  const secretId = secretIdOf(input);
  const secret = findSecret(secretId, caller.region);
  const action = `secretsmanager:${operation}`;
  const details = { "secretsmanager:SecretId": secretId, ...request, ...(secret && tagDetails(secret)) };
  const own = rolePolicies(caller);
  if (!isPermitted(caller, action, secret?.arn ?? secretId, own, details)) {
    const message = `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: ${secretId}`;
    throw new SecretsManagerError("AccessDeniedException", message);
  }
  if (secret) return secret;
  throw new SecretsManagerError(
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret.",
  );
}

function expectVersion({ arn }: Secret, versionId: string | undefined, stage: string | undefined) {
  const missing = (what: string) =>
    new SecretsManagerError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  const versions = versionsOf(arn);
  if (versionId === undefined) {
    const label = stage ?? "AWSCURRENT";
    const found = versions.find(({ versionStages }) => versionStages.includes(label));
    if (!found) throw missing(`staging label: ${label}`);
    return found;
  }
  const found = versions.find((version) => version.versionId === versionId);
  if (!found) throw missing(`VersionId: ${versionId}`);
  if (stage === undefined || found.versionStages.includes(stage)) return found;
  throw new SecretsManagerError(
    "InvalidRequestException",
    "You provided a VersionStage that is not associated to the provided VersionId.",
  );
}

/** The caller's own right to the key that a secret is encrypted with; AWS' own key for Secrets Manager asks for none. */
function authorizeKey(caller: Caller, { kmsKeyId }: Secret, { arn, versionId }: SecretVersion): void {
  if (!kmsKeyId) return;
  const context = {
    "kms:EncryptionContext:SecretARN": arn,
    "kms:EncryptionContext:SecretVersionId": versionId,
  };
  const own = rolePolicies(caller);
  const key = expectKey(kmsKeyId);
  if (mayUseKey(caller, key, "kms:Decrypt", own, "secretsmanager", context)) return;
  throw new SecretsManagerError("AccessDeniedException", "Access to KMS is not allowed");
}

function getSecretValue(caller: Caller, input: Input): object {
  const versionId = stringOf(input, "VersionId", 32);
  const stage = stringOf(input, "VersionStage");
  const secret = expectSecret(caller, "GetSecretValue", input, {
    ...(versionId && { "secretsmanager:VersionId": versionId }),
    ...(stage && { "secretsmanager:VersionStage": stage }),
  });
  const version = expectVersion(secret, versionId, stage);
  try {
    authorizeKey(caller, secret, version);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = `Secrets Manager can't decrypt the protected secret text using the provided KMS key: ${error.message}`;
    throw new SecretsManagerError("DecryptionFailure", message);
  }
  const { secretString, createdDate } = findValue(version.versionId) ?? {};
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: version.versionId },
    ...{ SecretString: secretString, VersionStages: version.versionStages, CreatedDate: createdDate },
  };
}

function describeSecret(caller: Caller, input: Input): object {
  const { arn, name, description, kmsKeyId, tagsAll = {} } = expectSecret(caller, "DescribeSecret", input);
  const labelled = versionsOf(arn).filter(({ versionStages }) => versionStages.length > 0);
  return {
    ...{ ARN: arn, Name: name, Description: description, KmsKeyId: kmsKeyId },
    Tags: Object.entries(tagsAll).map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(
      labelled.map(({ versionId, versionStages }) => [versionId, versionStages]),
    ),
  };
}

const operations: Record<string, (caller: Caller, input: Input) => object> = {
  GetSecretValue: getSecretValue,
  DescribeSecret: describeSecret,
};

export function perform(caller: Caller, operation: string, input: Input): object {
  const known = operations[operation];
  if (!known) throw notImplemented(`${operation}; it knows ${Object.keys(operations).join(", ")}`);
  return known(caller, input);
}
