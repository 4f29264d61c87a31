// Signature Version 4, by which S3 knows who asks: "Authenticating Requests: Using the Authorization Header" in S3's
// API reference (2026-11).
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { findSession, type Session, secretOf } from "../aws/sessions.ts";
import { notImplemented, S3Error } from "./error.ts";

export interface Signed {
  method: string;
  /** As they came, still encoded. */
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
}

const skewMinutes = 15;
const algorithm = "AWS4-HMAC-SHA256";

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** RFC 3986, of which encodeURIComponent leaves out five signs. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const canonicalPath = (path: string): string =>
  path
    .split("/")
    .map((part) => encode(decodeURIComponent(part)))
    .join("/");

function canonicalQuery(query: string): string {
  const pairs = query.split("&").filter(Boolean);
  const encoded = pairs.map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [name, value.join("=")].map((part) => encode(decodeURIComponent(part)));
  });
  const order = (one: string, other: string) => (one < other ? -1 : Number(one > other));
  encoded.sort(([a = "", b = ""], [c = "", d = ""]) => order(a, c) || order(b, d));
  return encoded.map((pair) => pair.join("=")).join("&");
}

const header = (headers: IncomingHttpHeaders, name: string): string =>
  [headers[name] ?? []].flat().join(",").trim().replace(/ +/g, " ");

interface Authorization {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

function parse(authorization: string): Authorization {
  const [kind, ...rest] = authorization.split(" ");
  if (kind !== algorithm) {
    const message =
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
    throw new S3Error("InvalidRequest", 400, message);
  }
  const fields = Object.fromEntries(
    rest
      .join("")
      .split(",")
      .map((field) => field.split(/=(.*)/s).slice(0, 2)),
  );
  const scope: string[] = fields.Credential?.split("/") ?? [];
  const [accessKeyId = "", date = "", region = "", service = "", end = ""] = scope;
  if (scope.length !== 5 || end !== "aws4_request" || !fields.SignedHeaders || !fields.Signature) {
    throw new S3Error("AuthorizationHeaderMalformed", 400, "The authorization header is malformed");
  }
  return {
    ...{ accessKeyId, date, region, service },
    signedHeaders: fields.SignedHeaders.split(";"),
    signature: fields.Signature,
  };
}

function refuseUnsigned({ headers }: Signed, signedHeaders: string[]): void {
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const missing = needed.filter((name) => !signedHeaders.includes(name));
  if (missing.length === 0) return;
  const message = `There were headers present in the request which were not signed: ${missing.join(", ")}`;
  throw new S3Error("AccessDenied", 403, message);
}

function refuseSkewed(date: string): void {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  const time = Date.UTC(year, month - 1, ...rest);
  if (parts.length === 0) {
    throw new S3Error("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
  }
  if (Math.abs(Date.now() - time) > skewMinutes * 60_000) {
    const message = "The difference between the request time and the current time is too large.";
    throw new S3Error("RequestTimeTooSkewed", 403, message);
  }
}

function expectSession(accessKeyId: string, token: string): Session {
  const session = findSession(accessKeyId, token);
  if (!session) {
    const message = "The AWS Access Key Id you provided does not exist in our records.";
    throw new S3Error("InvalidAccessKeyId", 403, message);
  }
  if (session.expiration > Date.now()) return session;
  throw new S3Error("ExpiredToken", 400, "The provided token has expired.");
}

export function signatureOf(
  request: Signed,
  signed: Omit<Authorization, "signature">,
  secret: string,
): string {
  const { date, region, service, signedHeaders } = signed;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const canonical = [
    ...[request.method, canonicalPath(request.path), canonicalQuery(request.query)],
    ...signedHeaders.map((name) => `${name}:${header(request.headers, name)}`),
    ...["", signedHeaders.join(";"), header(request.headers, "x-amz-content-sha256")],
  ].join("\n");
  const toSign = [algorithm, header(request.headers, "x-amz-date"), scope, sha256(canonical)].join("\n");
  const key = [region, service, "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, date));
  return hmac(key, toSign).toString("hex");
}

/** Who has signed the request, for a bucket's region. */
export function authenticate(request: Signed, region: string): Session {
  const { headers, query } = request;
  if (/(^|&)X-Amz-Signature=/.test(query)) throw notImplemented("presigned URLs");
  if (!headers.authorization) throw new S3Error("AccessDenied", 403, "Access Denied");
  const authorization = parse(headers.authorization);
  if (authorization.region !== region || authorization.service !== "s3") {
    const got = `${authorization.region}/${authorization.service}`;
    const message = `The authorization header is malformed; '${got}' is wrong; expecting '${region}/s3'`;
    throw new S3Error("AuthorizationHeaderMalformed", 400, message);
  }
  if (!headers["x-amz-content-sha256"]) {
    throw new S3Error(
      "InvalidRequest",
      400,
      "Missing required header for this request: x-amz-content-sha256",
    );
  }
  refuseSkewed(header(headers, "x-amz-date"));
  const session = expectSession(authorization.accessKeyId, header(headers, "x-amz-security-token"));
  const wanted = Buffer.from(signatureOf(request, authorization, secretOf(session.accessKeyId)));
  const given = Buffer.from(authorization.signature);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    const message =
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    throw new S3Error("SignatureDoesNotMatch", 403, message);
  }
  refuseUnsigned(request, authorization.signedHeaders);
  return session;
}
