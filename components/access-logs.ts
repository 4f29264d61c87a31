import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { keepForDays, keepPrivate } from "./private-bucket.ts";

export interface AccessLogs {
  bucket: pulumi.Output<string>;
  /** AWS tries to write before it believes in them. */
  permissions: pulumi.Resource[];
}

/** A bucket that load balancers of this account write their access logs into. */
export function accessLogs(
  name: string,
  { accessLogDays: days, protect }: { accessLogDays: number; protect: boolean },
  parent: pulumi.Resource,
): AccessLogs {
  const child = { parent };
  const bucket = new Bucket(name, { forceDestroy: !protect }, child);
  const { accountId } = getCallerIdentityOutput({}, child);
  const permission = keepPrivate(name, bucket, child, [
    // "Enable access logs for your Application Load Balancer", and public modules that quote it (2026-11). The path has
    // the account of the load balancer in it: nobody else's logs get in.
    {
      Sid: "LogDelivery",
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucket.arn}/AWSLogs/${accountId}/*`,
    },
  ]);
  // S3's own key is the only one with which logs are delivered.
  const encryption = keepForDays(name, bucket.bucket, { days, undeleteDays: 1 }, child);
  return { bucket: bucket.bucket, permissions: [permission, encryption] };
}
