import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import * as pulumi from "@pulumi/pulumi";
import { keepPrivate } from "../components/private-bucket.ts";

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
function configure(name: string, bucket: Bucket, key: Key, parent: State) {
  keepPrivate(name, bucket, { parent });
  new BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    {
      bucket: bucket.bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    },
    { parent },
  );
}
