// The secrets that there are and their versions, for whoever asks for one.
import { type Identified, table } from "./store.ts";

export const notFound = { code: "ResourceNotFoundException", noun: "secret" };

export interface Secret extends Identified {
  arn: string;
  name: string;
  description?: string;
  kmsKeyId?: string;
  recoveryWindowInDays: number;
  /** With the provider's own. */
  tagsAll?: Record<string, string>;
}

export const secrets = table<Secret>("secretsmanager/secret", notFound);

export const regionOf = ({ arn }: Secret): string => arn.split(":")[3] ?? "";

/** By its name or ARN, also without the six characters that AWS adds. */
export const findSecret = (reference: string, region: string): Secret | undefined =>
  secrets.find(
    (secret) =>
      regionOf(secret) === region &&
      [secret.name, secret.arn, secret.arn.slice(0, -"-123456".length)].includes(reference),
  );

export interface SecretVersion extends Identified {
  /** The secret's. */
  arn: string;
  versionId: string;
  /** Its staging labels. */
  versionStages: string[];
}

export const versions = table<SecretVersion>("secretsmanager/secretVersion", notFound);

export const versionsOf = (secretArn: string): SecretVersion[] =>
  versions.list().filter(({ arn }) => arn === secretArn);
