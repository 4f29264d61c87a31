// Whether a load balancer may write its access logs into a bucket. None are written.
import { accountId } from "./account.ts";
import { AwsError } from "./errors.ts";
import { matches } from "./policy-evaluation.ts";
import { bucketEncryption, bucketPolicy, buckets } from "./s3.ts";

const SERVICE = "logdelivery.elasticloadbalancing.amazonaws.com";

interface Statement {
  Effect: string;
  Action?: string | string[];
  Resource?: string | string[];
  Principal?: string | { Service?: string | string[] };
}

const asList = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

/** "Enable access logs for your Application Load Balancer", 2026-11: the service's own path, and SSE-S3 alone. */
export function refuseLogBucket(bucket: string, prefix: string | undefined): void {
  const refuse = (why: string) =>
    new AwsError(
      "InvalidConfigurationRequest",
      `Access Denied for bucket: ${bucket}. Please check S3bucket permission: ${why}`,
    );
  if (prefix?.includes("AWSLogs"))
    throw new AwsError("InvalidConfigurationRequest", "The prefix can't contain 'AWSLogs'");
  if (!buckets.get(bucket)) throw refuse("there is no such bucket");
  const [rule] = bucketEncryption.table.get(bucket)?.rules ?? [];
  if ((rule?.applyServerSideEncryptionByDefault?.sseAlgorithm ?? "AES256") !== "AES256")
    throw refuse("it may be encrypted with S3's own keys alone");
  const object = `arn:aws:s3:::${bucket}/${prefix ? `${prefix}/` : ""}AWSLogs/${accountId}/log.gz`;
  const policy = bucketPolicy.table.get(bucket)?.policy;
  const statements: Statement[] = policy ? asList(JSON.parse(policy).Statement) : [];
  const isAllowed = statements.some(
    ({ Effect, Action, Resource, Principal }) =>
      Effect === "Allow" &&
      typeof Principal === "object" &&
      asList(Principal.Service).includes(SERVICE) &&
      asList(Action).some((action) => matches(action, "s3:PutObject", "i")) &&
      asList(Resource).some((resource) => matches(resource, object)),
  );
  if (!isAllowed) throw refuse(`its policy doesn't let ${SERVICE} put ${object}`);
}
