// s3.Bucket and what is configured beside it; its objects are ../s3's.
import { publishBuckets } from "../engines/endpoints.ts";
import {
  boolean,
  json,
  list,
  matching,
  object,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { deleteObjects, hasObjects } from "../s3/objects.ts";
import { region } from "./account.ts";
import { AwsError } from "./errors.ts";
import { checkPolicy, isPublic } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

/** "General purpose bucket naming rules" in Amazon S3's user guide, 2026-11. */
const bucketName = matching(
  /^(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)(?!.*(\.\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "3 to 63 lower-case letters, digits, dots and hyphens, in none of the forms that S3 keeps for itself",
  "InvalidBucketName",
);

const bucketProperties = {
  bucket: string({ autoName: true, computed: true, replaceOnChange: true, constraint: bucketName }),
  forceDestroy: boolean({ default: false }),
  tags,
};

interface Bucket extends Identified, Values<typeof bucketProperties> {
  arn: string;
  region: string;
}

export const buckets = table<Bucket>("s3/bucket", { code: "NoSuchBucket", noun: "bucket" });

export const bucket = resourceType({
  token: "aws:s3/bucket:Bucket",
  invalid: "InvalidArgument",
  table: buckets,
  properties: bucketProperties,
  create({ bucket }) {
    if (buckets.get(bucket))
      throw new AwsError("BucketAlreadyOwnedByYou", `Your previous request to create ${bucket} succeeded`);
    const regionalName = `${bucket}.s3.${region()}.amazonaws.com`;
    return {
      id: bucket,
      arn: `arn:aws:s3:::${bucket}`,
      bucketRegionalDomainName: regionalName,
      region: region(),
    };
  },
  async start() {
    publishBuckets(buckets.list());
    return undefined;
  },
  delete({ id, forceDestroy }) {
    if (forceDestroy || !hasObjects(id)) return;
    const message =
      "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    throw new AwsError("BucketNotEmpty", message);
  },
  async stop({ id }) {
    deleteObjects(id);
    publishBuckets(buckets.list().filter((other) => other.id !== id));
  },
});

/** Each of these is one configuration of one bucket. */
const ofBucket = ({ bucket }: { bucket: string }) => ({ id: buckets.expect(bucket).id });
const name = { bucket: string({ required: true, replaceOnChange: true }) };

const versioningProperties = {
  ...name,
  versioningConfiguration: object(
    {
      status: string({ required: true, constraint: oneOf("Enabled", "Suspended", "Disabled") }),
      mfaDelete: string({ computed: true, constraint: oneOf("Enabled", "Disabled") }),
    },
    { required: true },
  ),
};

export const bucketVersioning = resourceType({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  invalid: "MalformedXML",
  table: table<Identified & Values<typeof versioningProperties>>("s3/bucketVersioning", {
    code: "NoSuchBucket",
    noun: "versioning of bucket",
  }),
  properties: versioningProperties,
  create: ofBucket,
});

const encryptionProperties = {
  ...name,
  rules: list(
    object({
      applyServerSideEncryptionByDefault: object({
        sseAlgorithm: string({ required: true, constraint: oneOf("AES256", "aws:kms", "aws:kms:dsse") }),
        kmsMasterKeyId: string(),
      }),
      bucketKeyEnabled: boolean({ computed: true }),
    }),
    { required: true, constraint: { test: (rules) => rules.length === 1, allowed: "one rule" } },
  ),
};

export const bucketEncryption = resourceType({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  invalid: "MalformedXML",
  table: table<Identified & Values<typeof encryptionProperties>>("s3/bucketEncryption", {
    code: "NoSuchBucket",
    noun: "encryption of bucket",
  }),
  properties: encryptionProperties,
  check({ rules }) {
    for (const { applyServerSideEncryptionByDefault: usual } of rules) {
      if (usual?.sseAlgorithm === "AES256" && usual.kmsMasterKeyId)
        throw new AwsError("InvalidArgument", "a KMS key can't be applied when the algorithm is AES256");
    }
  },
  create: ofBucket,
});

const accessProperties = {
  ...name,
  blockPublicAcls: boolean({ default: false }),
  blockPublicPolicy: boolean({ default: false }),
  ignorePublicAcls: boolean({ default: false }),
  restrictPublicBuckets: boolean({ default: false }),
};

const accessBlocks = table<Identified & Values<typeof accessProperties>>("s3/bucketPublicAccessBlock", {
  code: "NoSuchBucket",
  noun: "public access block of bucket",
});

export const bucketPublicAccessBlock = resourceType({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  invalid: "MalformedXML",
  table: accessBlocks,
  properties: accessProperties,
  create: ofBucket,
});

const policyProperties = { ...name, policy: json({ required: true }) };

function refusePublic(bucket: string, policy: string): void {
  if (accessBlocks.get(bucket)?.blockPublicPolicy && isPublic(policy))
    throw new AwsError(
      "AccessDenied",
      "public policies are blocked by the BlockPublicPolicy setting of the bucket",
    );
}

export const bucketPolicy = resourceType({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  invalid: "MalformedPolicy",
  table: table<Identified & Values<typeof policyProperties>>("s3/bucketPolicy", {
    code: "NoSuchBucket",
    noun: "policy of bucket",
  }),
  properties: policyProperties,
  check({ policy }) {
    checkPolicy(policy, "bucket");
  },
  create({ bucket, policy }) {
    const made = ofBucket({ bucket });
    if (!isUnknown(policy)) refusePublic(bucket, policy);
    return made;
  },
  update(_resource, { bucket, policy }) {
    refusePublic(bucket, policy);
    return undefined;
  },
});
