// Signature Version 4, by which AWS knows who asks: "Authenticating Requests: Using the Authorization Header" in S3's
// API reference, and "AWS Signature Version 4 for API requests" in IAM's user guide (2026-11).
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { findSession, type Session, secretOf } from "../aws/sessions.ts";

export interface Signed {
  method: string;
  /** As they came, still encoded. */
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  /** The body's SHA-256 in hexadecimal, or what stands for it. */
  payload: string;
}

/** What a signature is for. */
export interface Scope {
  region: string;
  service: string;
  skewMinutes: number;
}

/** Why it isn't known who asks; each service has its own words for it. */
export type Reason =
  | "missing"
  | "mechanism"
  | "malformed"
  | "scope"
  | "skewed"
  | "unknown"
  | "expired"
  | "mismatch"
  | "unsigned";

export class Unauthenticated extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, detail = "") {
    super(detail);
    this.reason = reason;
  }
}

const algorithm = "AWS4-HMAC-SHA256";

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
export const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

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
  if (kind !== algorithm) throw new Unauthenticated("mechanism");
  const fields = Object.fromEntries(
    rest
      .join("")
      .split(",")
      .map((field) => field.split(/=(.*)/s).slice(0, 2)),
  );
  const scope: string[] = fields.Credential?.split("/") ?? [];
  const [accessKeyId = "", date = "", region = "", service = "", end = ""] = scope;
  if (scope.length !== 5 || end !== "aws4_request" || !fields.SignedHeaders || !fields.Signature)
    throw new Unauthenticated("malformed");
  return {
    ...{ accessKeyId, date, region, service },
    signedHeaders: fields.SignedHeaders.split(";"),
    signature: fields.Signature,
  };
}

function refuseUnsigned({ headers }: Signed, signedHeaders: string[]): void {
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const missing = needed.filter((name) => !signedHeaders.includes(name));
  if (missing.length > 0) throw new Unauthenticated("unsigned", missing.join(", "));
}

function refuseSkewed(date: string, skewMinutes: number): void {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  const time = Date.UTC(year, month - 1, ...rest);
  if (parts.length === 0) throw new Unauthenticated("missing", "a valid Date or x-amz-date header");
  if (Math.abs(Date.now() - time) > skewMinutes * 60_000) throw new Unauthenticated("skewed", date);
}

function expectSession(accessKeyId: string, token: string): Session {
  const session = findSession(accessKeyId, token);
  if (!session) throw new Unauthenticated("unknown");
  if (session.expiration > Date.now()) return session;
  throw new Unauthenticated("expired");
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
    ...["", signedHeaders.join(";"), request.payload],
  ].join("\n");
  const toSign = [algorithm, header(request.headers, "x-amz-date"), scope, sha256(canonical)].join("\n");
  const key = [region, service, "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, date));
  return hmac(key, toSign).toString("hex");
}

/** Who has signed the request. */
export function authenticate(request: Signed, { region, service, skewMinutes }: Scope): Session {
  const { headers } = request;
  if (!headers.authorization) throw new Unauthenticated("missing");
  const authorization = parse(headers.authorization);
  if (authorization.region !== region || authorization.service !== service)
    throw new Unauthenticated("scope", `${authorization.region}/${authorization.service}`);
  refuseSkewed(header(headers, "x-amz-date"), skewMinutes);
  const session = expectSession(authorization.accessKeyId, header(headers, "x-amz-security-token"));
  const wanted = Buffer.from(signatureOf(request, authorization, secretOf(session.accessKeyId)));
  const given = Buffer.from(authorization.signature);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new Unauthenticated("mismatch");
  refuseUnsigned(request, authorization.signedHeaders);
  return session;
}
