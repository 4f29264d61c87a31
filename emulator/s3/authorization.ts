// Whether a session may do what it asks for: by its role's policies and boundary, the bucket's policy, and the key's.
import { accountId, iamArn } from "../aws/account.ts";
import { allows } from "../aws/policy-document.ts";
import { isAllowed, type Policies, Unsupported } from "../aws/policy-evaluation.ts";
import { policiesOf } from "../aws/role-policies.ts";
import type { Session } from "../aws/sessions.ts";
import type { Bucket } from "./buckets.ts";
import { notImplemented, S3Error } from "./error.ts";

export interface Caller {
  session: Session;
  sourceIp: string;
  region: string;
  tlsVersion: string;
}

/** Of the request itself; keys of conditions such as `s3:prefix`. */
export type Details = Record<string, string>;

function contextOf(
  { session, sourceIp, region, tlsVersion }: Caller,
  details: Details,
): Record<string, string> {
  const tags = Object.entries(session.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return {
    ...Object.fromEntries(tags),
    "aws:SecureTransport": "true",
    "aws:SourceIp": sourceIp,
    "aws:RequestedRegion": region,
    "aws:PrincipalArn": session.roleArn,
    "aws:PrincipalAccount": accountId,
    "aws:PrincipalType": "AssumedRole",
    "aws:PrincipalIsAWSService": "false",
    "aws:ViaAWSService": "false",
    "aws:ResourceAccount": accountId,
    "s3:ResourceAccount": accountId,
    "s3:TlsVersion": tlsVersion,
    "s3:signatureversion": "AWS4-HMAC-SHA256",
    "s3:authType": "REST-HEADER",
    ...details,
  };
}

function decide(
  caller: Caller,
  action: string,
  resource: string,
  policies: Policies,
  details: Details,
): boolean {
  const { roleArn, name } = caller.session;
  const principal = { accountId, roleArn, session: name };
  try {
    return isAllowed(policies, { action, resource, principal, context: contextOf(caller, details) });
  } catch (error) {
    if (error instanceof Unsupported)
      throw notImplemented(`${error.message}, which a policy of ${roleArn} uses`);
    throw error;
  }
}

function deny({ session }: Caller, action: string, resource: string): S3Error {
  const user = `arn:aws:sts::${accountId}:assumed-role/${session.roleArn.split("/").at(-1)}/${session.name}`;
  const message = `User: ${user} is not authorized to perform: ${action} on resource: "${resource}"`;
  return new S3Error("AccessDenied", 403, message);
}

function rolePolicies({ session }: Caller): Policies {
  const found = policiesOf(session.roleArn);
  if (found) return found;
  throw new S3Error(
    "InvalidAccessKeyId",
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
  );
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
  return decide(caller, action, resource, { ...rolePolicies(caller), resource: bucket.policy }, details);
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
  const { policy, arn } = key;
  const details = { "kms:ViaService": `s3.${caller.region}.amazonaws.com`, "kms:CallerAccount": accountId };
  const own = rolePolicies(caller);
  // The key's policy lets the account decide, or else names the role itself.
  const isDelegated = allows(policy, "AWS", [iamArn("root"), accountId], action);
  const identity = isDelegated ? own.identity : [];
  if (!decide(caller, action, arn, { ...own, identity, resource: policy }, details))
    throw deny(caller, action, arn);
}
