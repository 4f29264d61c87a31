// Who asks Secrets Manager, and how it refuses who isn't known: aws-sdk-js-v3#6355, boto3#4716 (2026-11).
import type { Session } from "../aws/sessions.ts";
import { authenticate, type Reason, type Signed, Unauthenticated } from "../endpoints/signature.ts";
import { SecretsManagerError, unknownCaller } from "./error.ts";

const skewMinutes = 5;
const invalid = (message: string) => new SecretsManagerError("InvalidSignatureException", message);

const refusals: Record<Reason, (detail: string, region: string) => SecretsManagerError> = {
  missing: () =>
    new SecretsManagerError("MissingAuthenticationTokenException", "Missing Authentication Token"),
  mechanism: () =>
    new SecretsManagerError("IncompleteSignatureException", "Unsupported authorization scheme"),
  malformed: () =>
    new SecretsManagerError("IncompleteSignatureException", "The authorization header is malformed"),
  scope: (got, region) => invalid(`Credential should be scoped to ${region}/secretsmanager, not to ${got}.`),
  skewed: (date) => invalid(`Signature expired: ${date} is more than ${skewMinutes} min. from now`),
  unknown: unknownCaller,
  expired: () =>
    new SecretsManagerError("ExpiredTokenException", "The security token included in the request is expired"),
  mismatch: () =>
    invalid(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    ),
  unsigned: (names) => invalid(`'${names}' must be a 'SignedHeader' in the AWS Authorization.`),
};

/** Who has signed the request, for an endpoint's region. */
export function identify(request: Signed, region: string): Session {
  try {
    return authenticate(request, { region, service: "secretsmanager", skewMinutes });
  } catch (error) {
    if (error instanceof Unauthenticated) throw refusals[error.reason](error.message, region);
    throw error;
  }
}
