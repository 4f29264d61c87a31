// s3.BucketLifecycleConfiguration. None is applied: no object expires.
import { list, number, object, oneOf, string, type Values } from "../provider/properties.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { buckets } from "./s3.ts";
import { type Identified, table } from "./store.ts";

/** "At least" in PutBucketLifecycleConfiguration's days, S3's API reference, 2026-11. */
const days = number({ constraint: { test: (days) => days >= 1, allowed: "a positive number of days" } });

const properties = {
  bucket: string({ required: true, replaceOnChange: true }),
  rules: list(
    object({
      id: string({
        required: true,
        constraint: { test: (id) => id.length <= 255, allowed: "at most 255 characters" },
      }),
      status: string({ required: true, constraint: oneOf("Enabled", "Disabled") }),
      filter: object({ prefix: string() }),
      expiration: object({ days }),
      noncurrentVersionExpiration: object({ noncurrentDays: days }),
    }),
    {
      required: true,
      constraint: { test: (rules) => rules.length >= 1 && rules.length <= 1000, allowed: "1 to 1000 rules" },
    },
  ),
};

export const bucketLifecycle = resourceType({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  invalid: "MalformedXML",
  table: table<Identified & Values<typeof properties>>("s3/bucketLifecycle", {
    code: "NoSuchBucket",
    noun: "lifecycle configuration of bucket",
  }),
  properties,
  check({ rules }) {
    const idle = rules.find((rule) => !rule.expiration && !rule.noncurrentVersionExpiration);
    if (idle)
      throw new AwsError(
        "InvalidRequest",
        `At least one action needs to be specified in a rule: ${idle.id} has none`,
      );
    const ids = rules.map(({ id }) => id);
    if (new Set(ids).size < ids.length)
      throw new AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
  },
  create: ({ bucket }) => ({ id: buckets.expect(bucket).id }),
});
