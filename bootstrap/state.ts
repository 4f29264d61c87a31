import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";

export interface StateArgs {
  /** Of the bucket, unique in all of AWS, and of the key's alias. */
  bucketName: pulumi.Input<string>;
  aliasName: string;
}

/** Where Pulumi keeps the state of the stacks, and the key that encrypts it and the secrets in it. */
export class State extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: StateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:bootstrap:State", name, {}, opts);
    const child = { parent: this };
    // Both hold what can't be made again.
    const precious = { parent: this, protect: true };

    const key = new Key(
      `${name}-key`,
      { description: "State of Pulumi's stacks, and the secrets in it", enableKeyRotation: true },
      precious,
    );
    new Alias(`${name}-key`, { name: `alias/${args.aliasName}`, targetKeyId: key.keyId }, child);
    const bucket = new Bucket(`${name}-bucket`, { bucket: args.bucketName }, precious);
    configure(name, bucket, key, this);

    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.keyArn = key.arn;
    this.registerOutputs();
  }
}

/** Every version is kept: a state that was lost or overwritten can be had back. */
function configure(name: string, { bucket, arn }: Bucket, key: Key, parent: State) {
  const child = { parent };
  new BucketVersioning(`${name}-versions`, { bucket, versioningConfiguration: { status: "Enabled" } }, child);
  new BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    {
      bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    },
    child,
  );
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
    { parent, dependsOn: closed },
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
