// What the emulated AWS knows of a bucket.
import { expectKey } from "../aws/kms.ts";
import { table } from "../aws/store.ts";
import { S3Error } from "./error.ts";
import type { Versioning } from "./objects.ts";

const nothing = { code: "NoSuchBucket", noun: "bucket" };
const buckets = table<{ id: string; region: string }>("s3/bucket", nothing);
const versionings = table<{ id: string; versioningConfiguration: { status: Versioning } }>(
  "s3/bucketVersioning",
  nothing,
);
const policies = table<{ id: string; policy: string }>("s3/bucketPolicy", nothing);

interface Encryption {
  id: string;
  rules: { applyServerSideEncryptionByDefault?: { sseAlgorithm: string; kmsMasterKeyId?: string } }[];
}
const encryptions = table<Encryption>("s3/bucketEncryption", nothing);

export interface Bucket {
  name: string;
  versioning: Versioning;
  policy?: string;
  encryption: { algorithm: string; key?: { arn: string; policy: string } };
}

/** The bucket, if it is in the region whose endpoint was asked. */
export function expectBucket(name: string, region: string): Bucket {
  const bucket = buckets.get(name);
  if (!bucket) throw new S3Error("NoSuchBucket", 404, "The specified bucket does not exist");
  if (bucket.region !== region) {
    const message = `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`;
    throw new S3Error("PermanentRedirect", 301, message, { "x-amz-bucket-region": bucket.region });
  }
  const usual = encryptions.get(name)?.rules[0]?.applyServerSideEncryptionByDefault;
  return {
    name,
    versioning: versionings.get(name)?.versioningConfiguration.status ?? "Disabled",
    policy: policies.get(name)?.policy,
    encryption: {
      algorithm: usual?.sseAlgorithm ?? "AES256",
      key: usual?.kmsMasterKeyId ? expectKey(usual.kmsMasterKeyId, "KMS.NotFoundException") : undefined,
    },
  };
}
