// Signature Version 4: whose request it is, and that it is as it was signed.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newCredentials } from "../../emulator/aws/sessions.ts";
import { signatureOf } from "../../emulator/endpoints/signature.ts";
import { identify } from "../../emulator/s3/authentication.ts";
import "./harness.ts";

const region = "eu-central-1";
const roleArn = "arn:aws:iam::000000000000:role/backup";

describe("a signature", () => {
  const empty = createHash("sha256").digest("hex");

  it("is what AWS calculates in its example", () => {
    // "Example: GET Object" of S3's API reference, "Signature Calculations for the Authorization Header" (2026-11).
    const headers = {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": empty,
      "x-amz-date": "20130524T000000Z",
    };
    const signed = {
      ...{ accessKeyId: "AKIAIOSFODNN7EXAMPLE", date: "20130524", region: "us-east-1", service: "s3" },
      signedHeaders: Object.keys(headers),
    };
    const request = { method: "GET", path: "/test.txt", query: "", headers, payload: empty };
    expect(signatureOf(request, signed, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")).toBe(
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
  });

  const now = () => `${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}`;
  /** A signed request; `change` comes after the signature. */
  function signed(
    {
      expiration = Date.now() + 60_000,
      date = now(),
      more = {},
    }: { expiration?: number; date?: string; more?: object },
    change: object = {},
  ) {
    const credentials = newCredentials({ roleArn, name: "eks", tags: { a: "b" }, expiration });
    const headers = {
      host: `copies.s3.${region}.amazonaws.com`,
      "x-amz-content-sha256": empty,
      "x-amz-date": date,
      "x-amz-security-token": credentials.sessionToken,
    };
    const scope = {
      ...{ accessKeyId: credentials.accessKeyId, date: date.slice(0, 8), region, service: "s3" },
      signedHeaders: Object.keys(headers),
    };
    const request = {
      method: "GET",
      path: "/a%20b",
      query: "list-type=2&prefix=%C3%A9",
      headers,
      payload: empty,
    };
    const signature = signatureOf(request, scope, credentials.secretAccessKey);
    const credential = `${scope.accessKeyId}/${scope.date}/${region}/s3/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${scope.signedHeaders.join(";")}, Signature=${signature}`;
    return { ...request, ...change, headers: { ...headers, authorization, ...more } };
  }

  it("says whose session it is", () => {
    expect(identify(signed({}), region)).toMatchObject({ roleArn, tags: { a: "b" } });
  });

  it.each<[string, () => ReturnType<typeof signed>]>([
    ["SignatureDoesNotMatch", () => signed({}, { path: "/other" })],
    ["SignatureDoesNotMatch", () => signed({}, { query: "list-type=2" })],
    ["SignatureDoesNotMatch", () => signed({}, { method: "DELETE" })],
    ["SignatureDoesNotMatch", () => signed({ more: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } })],
    ["ExpiredToken", () => signed({ expiration: Date.now() - 1 })],
    ["RequestTimeTooSkewed", () => signed({ date: "20130524T000000Z" })],
    ["InvalidAccessKeyId", () => signed({ more: { "x-amz-security-token": "e30.x" } })],
    ["InvalidAccessKeyId", () => signed({ more: { "x-amz-security-token": "" } })],
    ["AccessDenied", () => signed({ more: { "x-amz-meta-late": "1" } })],
    ["AccessDenied", () => signed({ more: { authorization: undefined } })],
    ["InvalidRequest", () => signed({ more: { "x-amz-content-sha256": undefined } })],
    ["InvalidRequest", () => signed({ more: { authorization: "AWS AKIA:signature" } })],
    [
      "AuthorizationHeaderMalformed",
      () => signed({ more: { authorization: "AWS4-HMAC-SHA256 Credential=a" } }),
    ],
  ])("that isn't right is refused: %s", (code, request) => {
    expect(() => identify(request(), region)).toThrow(expect.objectContaining({ code }));
  });

  it("for another region is refused", () => {
    expect(() => identify(signed({}), "eu-west-1")).toThrow("expecting 'eu-west-1/s3'");
  });
});
