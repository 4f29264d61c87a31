import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal: "*" | { Service: string };
  Action: string;
  Resource: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: object;
}

/**
 * Closes a bucket to the public and to whoever speaks no TLS, and keeps what is overwritten or deleted in it.
 * @param others what its policy says besides
 * @returns the policy, to wait for
 */
export function keepPrivate(
  name: string,
  { bucket, arn }: { bucket: pulumi.Output<string>; arn: pulumi.Output<string> },
  child: pulumi.CustomResourceOptions,
  others: Statement[] = [],
): BucketPolicy {
  new BucketVersioning(`${name}-versions`, { bucket, versioningConfiguration: { status: "Enabled" } }, child);
  const closed = new BucketPublicAccessBlock(
    `${name}-access`,
    {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    child,
  );
  const policy = { Version: "2012-10-17", Statement: [tlsOnly(arn), ...others] };
  return new BucketPolicy(
    `${name}-tls`,
    { bucket, policy: pulumi.jsonStringify(policy) },
    // S3 takes one change of a bucket's access at a time (terraform-provider-aws#7628).
    pulumi.mergeOptions(child, { dependsOn: closed }),
  );
}

/**
 * Encrypts a bucket with S3's own key, and deletes each object some days after it was put there.
 * @param undeleteDays how long what is deleted or overwritten can be had back
 * @returns the encryption, to wait for
 */
export function keepForDays(
  name: string,
  bucket: pulumi.Output<string>,
  { days, undeleteDays }: { days: number; undeleteDays: number },
  child: pulumi.CustomResourceOptions,
): BucketServerSideEncryptionConfiguration {
  const encryption = new BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    child,
  );
  new BucketLifecycleConfiguration(
    `${name}-retention`,
    {
      bucket,
      rules: [
        {
          id: "retention",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days },
          noncurrentVersionExpiration: { noncurrentDays: undeleteDays },
        },
      ],
    },
    child,
  );
  return encryption;
}

const tlsOnly = (arn: pulumi.Output<string>): Statement => ({
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [arn, pulumi.interpolate`${arn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
