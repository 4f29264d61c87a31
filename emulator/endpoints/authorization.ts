// Whether a session may do what it asks for, by its role's policies and boundary and by those of what it asks of.
import { accountId, iamArn } from "../aws/account.ts";
import { allows } from "../aws/policy-document.ts";
import { isAllowed, type Policies, Unsupported } from "../aws/policy-evaluation.ts";
import type { Session } from "../aws/sessions.ts";

export interface Caller {
  session: Session;
  sourceIp: string;
  region: string;
  tlsVersion: string;
}

/** Of the request itself; keys of conditions such as `s3:prefix`. */
export type Details = Record<string, string>;

function contextOf({ session, sourceIp, region }: Caller, details: Details): Record<string, string> {
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
    ...details,
  };
}

/** Whether the policies let the caller; throws `Unsupported` for what of theirs the emulator doesn't know. */
export function isPermitted(
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
      throw new Unsupported(`${error.message}, which a policy of ${roleArn} uses`);
    throw error;
  }
}

interface Key {
  arn: string;
  policy: string;
}

/** Whether the caller itself has the right to a key of KMS that a service uses for it. */
export function mayUseKey(
  caller: Caller,
  { policy, arn }: Key,
  action: string,
  own: Policies,
  service: string,
  details: Details = {},
): boolean {
  const via = {
    "kms:ViaService": `${service}.${caller.region}.amazonaws.com`,
    "kms:CallerAccount": accountId,
  };
  // The key's policy lets the account decide, or else names the role itself.
  const isDelegated = allows(policy, "AWS", [iamArn("root"), accountId], action);
  const identity = isDelegated ? own.identity : [];
  return isPermitted(caller, action, arn, { ...own, identity, resource: policy }, { ...via, ...details });
}

/** The caller as AWS' refusals name it. */
export const callerArn = ({ session }: Caller): string =>
  `arn:aws:sts::${accountId}:assumed-role/${session.roleArn.split("/").at(-1)}/${session.name}`;
