// Who asks S3, and how S3 refuses who isn't known.
import type { Session } from "../aws/sessions.ts";
import { authenticate, type Reason, type Signed, Unauthenticated } from "../endpoints/signature.ts";
import { notImplemented, S3Error, unknownCaller } from "./error.ts";

const refusals: Record<Reason, (detail: string, region: string) => S3Error> = {
  missing: (what) =>
    new S3Error("AccessDenied", 403, what ? `AWS authentication requires ${what}` : "Access Denied"),
  mechanism: () =>
    new S3Error(
      "InvalidRequest",
      400,
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ),
  malformed: () => new S3Error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed"),
  scope: (got, region) =>
    new S3Error(
      "AuthorizationHeaderMalformed",
      400,
      `The authorization header is malformed; '${got}' is wrong; expecting '${region}/s3'`,
    ),
  skewed: () =>
    new S3Error(
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the current time is too large.",
    ),
  unknown: unknownCaller,
  expired: () => new S3Error("ExpiredToken", 400, "The provided token has expired."),
  mismatch: () =>
    new S3Error(
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ),
  unsigned: (names) =>
    new S3Error(
      "AccessDenied",
      403,
      `There were headers present in the request which were not signed: ${names}`,
    ),
};

/** Who has signed the request, for a bucket's region. */
export function identify(request: Omit<Signed, "payload">, region: string): Session {
  const { headers, query } = request;
  if (/(^|&)X-Amz-Signature=/.test(query)) throw notImplemented("presigned URLs");
  const payload = headers["x-amz-content-sha256"];
  if (headers.authorization?.startsWith("AWS4-") && !payload) {
    const message = "Missing required header for this request: x-amz-content-sha256";
    throw new S3Error("InvalidRequest", 400, message);
  }
  try {
    const scope = { region, service: "s3", skewMinutes: 15 };
    return authenticate({ ...request, payload: String(payload) }, scope);
  } catch (error) {
    if (error instanceof Unauthenticated) throw refusals[error.reason](error.message, region);
    throw error;
  }
}
