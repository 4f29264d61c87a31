import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";

/** Closes a bucket to the public and to whoever speaks no TLS, and keeps what is overwritten or deleted in it. */
export function keepPrivate(
  name: string,
  { bucket, arn }: { bucket: pulumi.Output<string>; arn: pulumi.Output<string> },
  child: pulumi.CustomResourceOptions,
): void {
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
  new BucketPolicy(
    `${name}-tls`,
    { bucket, policy: arn.apply(tlsOnly) },
    // S3 takes one change of a bucket's access at a time (terraform-provider-aws#7628).
    pulumi.mergeOptions(child, { dependsOn: closed }),
  );
}

const tlsOnly = (bucketArn: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
