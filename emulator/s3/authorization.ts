// Whether a session may do what it asks for: by its role's policies and boundary, the bucket's policy, and the key's.
import { accountId } from "../aws/account.ts";
import type { Policies } from "../aws/policy-evaluation.ts";
import { policiesOf } from "../aws/role-policies.ts";
import { type Caller, callerArn, type Details, isPermitted, mayUseKey } from "../endpoints/authorization.ts";
import type { Bucket } from "./buckets.ts";
import { S3Error, unknownCaller } from "./error.ts";

const ofS3 = ({ tlsVersion }: Caller): Details => ({
  "s3:ResourceAccount": accountId,
  "s3:TlsVersion": tlsVersion,
  "s3:signatureversion": "AWS4-HMAC-SHA256",
  "s3:authType": "REST-HEADER",
});

function deny(caller: Caller, action: string, resource: string): S3Error {
  const message = `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: "${resource}"`;
  return new S3Error("AccessDenied", 403, message);
}

function rolePolicies({ session }: Caller): Policies {
  const found = policiesOf(session.roleArn);
  if (found) return found;
  throw unknownCaller();
}

/** @param key of an object; the bucket itself without one */
export function may(
  caller: Caller,
  bucket: Bucket,
  action: string,
  key?: string,
  details: Details = {},
): boolean {
  const resource = `arn:aws:s3:::${bucket.name}${key === undefined ? "" : `/${key}`}`;
  const policies = { ...rolePolicies(caller), resource: bucket.policy };
  return isPermitted(caller, action, resource, policies, { ...ofS3(caller), ...details });
}

export function authorize(
  caller: Caller,
  bucket: Bucket,
  action: string,
  key?: string,
  details?: Details,
): void {
  if (may(caller, bucket, action, key, details)) return;
  throw deny(caller, action, `arn:aws:s3:::${bucket.name}${key === undefined ? "" : `/${key}`}`);
}

/** The caller's own right to the key that a bucket encrypts with; AWS' own key for S3 asks for none. */
export function authorizeKey(caller: Caller, { encryption: { key } }: Bucket, action: string): void {
  if (!key) return;
  const own = rolePolicies(caller);
  if (!mayUseKey(caller, key, action, own, "s3")) throw deny(caller, action, key.arn);
}
