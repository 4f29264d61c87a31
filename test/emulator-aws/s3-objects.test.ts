// S3's objects: who may do what with them, and what S3 answers.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { expectBucket } from "../../emulator/s3/buckets.ts";
import type { Operation } from "../../emulator/s3/operation.ts";
import { perform } from "../../emulator/s3/operations.ts";
import * as engines from "./engines.ts";
import { create, destroy, type Outputs, podTrust, update } from "./harness.ts";

const region = "eu-central-1";

let role: Outputs;
let bucket: Outputs;
const grant = (...statements: object[]) =>
  create("iam/rolePolicy:RolePolicy", {
    role: "backup",
    name: "backup",
    policy: { Version: "2012-10-17", Statement: statements },
  });
const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });

beforeEach(async () => {
  role = await create("iam/role:Role", { name: "backup", assumeRolePolicy: podTrust });
  bucket = await create("s3/bucket:Bucket", { bucket: "copies" });
});

/** One request of the role, by any name for the object. */
async function ask(
  method: string,
  key: string,
  {
    query = "",
    body = "",
    headers = {},
  }: { query?: string; body?: string; headers?: Record<string, string> } = {},
) {
  const session = {
    accessKeyId: "ASIA",
    roleArn: role.arn,
    name: "eks",
    tags: {},
    expiration: Date.now() + 1000,
  };
  const operation: Operation = {
    caller: { session, region, sourceIp: "100.64.2.2", tlsVersion: "1.3" },
    bucket: expectBucket("copies", region),
    ...{ method, key },
    query: new URLSearchParams(query),
    headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...headers },
    body: Readable.from(body ? [Buffer.from(body)] : []),
  };
  const answer = await perform(operation);
  const content = typeof answer.body === "string" ? answer.body : answer.body && (await text(answer.body));
  return { ...answer, body: content };
}
const put = (key: string, body: string, headers = {}) => ask("PUT", key, { body, headers });

describe("objects", () => {
  beforeEach(() => grant(allow(["s3:*", "kms:*"])));

  it("are what was stored, in whole and in part", async () => {
    const md5 = createHash("md5").update("content").digest("hex");
    expect(
      (await put("a/b", "content", { "content-type": "text/plain", "x-amz-meta-hour": "19" })).headers?.etag,
    ).toBe(`"${md5}"`);
    const got = await ask("GET", "a/b");
    expect(got).toMatchObject({ status: 200, body: "content" });
    expect(got.headers).toMatchObject({
      "content-type": "text/plain",
      "x-amz-meta-hour": "19",
      "content-length": "7",
    });
    expect(await ask("HEAD", "a/b")).toMatchObject({ status: 200, body: undefined });
    expect(await ask("GET", "a/b", { headers: { range: "bytes=2-3" } })).toMatchObject({
      status: 206,
      body: "nt",
    });
    expect(await ask("GET", "a/b", { headers: { range: "bytes=-2" } })).toMatchObject({
      status: 206,
      body: "nt",
    });
    await expect(ask("GET", "a/b", { headers: { range: "bytes=9-" } })).rejects.toThrow(
      "range is not satisfiable",
    );
  });

  it("are replaced and deleted for good without versioning", async () => {
    await put("key", "one");
    await put("key", "two");
    expect((await ask("GET", "", { query: "versions=" })).body?.match(/<Version>/g)).toHaveLength(1);
    expect(await ask("DELETE", "key")).toMatchObject({ status: 204 });
    await expect(ask("GET", "key")).rejects.toMatchObject({ code: "NoSuchKey", status: 404 });
    expect(await ask("DELETE", "key")).toMatchObject({ status: 204 });
  });

  it("have versions with it, and a marker in place of a deleted one", async () => {
    await put("key", "before");
    await create("s3/bucketVersioning:BucketVersioning", {
      bucket: "copies",
      versioningConfiguration: { status: "Enabled" },
    });
    await put("key", "one");
    const { headers } = await put("key", "two");
    const deleted = await ask("DELETE", "key");
    expect(deleted.headers).toMatchObject({ "x-amz-delete-marker": "true" });
    await expect(ask("GET", "key")).rejects.toMatchObject({ code: "NoSuchKey" });
    const marker = `versionId=${deleted.headers?.["x-amz-version-id"]}`;
    await expect(ask("GET", "key", { query: marker })).rejects.toMatchObject({ code: "MethodNotAllowed" });
    expect((await ask("GET", "key", { query: `versionId=${headers?.["x-amz-version-id"]}` })).body).toBe(
      "two",
    );
    expect((await ask("GET", "key", { query: "versionId=null" })).body).toBe("before");
    await expect(ask("GET", "key", { query: "versionId=x" })).rejects.toMatchObject({
      code: "NoSuchVersion",
    });
    // Without its marker it is there again.
    await ask("DELETE", "key", { query: marker });
    expect((await ask("GET", "key")).body).toBe("two");
  });

  it("are listed in their order, by prefix, delimiter and page", async () => {
    for (const key of ["b", "a/2", "a/1", "c&d"]) await put(key, key);
    const list = async (query: string) =>
      (await ask("GET", "", { query: `list-type=2&${query}` })).body ?? "";
    const keys = (body: string) => [...body.matchAll(/<(?:Key|Prefix)>([^<]+)</g)].map(([, key]) => key);
    expect(keys(await list(""))).toEqual(["a/1", "a/2", "b", "c&amp;d"]);
    expect(keys(await list("delimiter=/"))).toEqual(["b", "c&amp;d", "a/"]);
    expect(keys(await list("prefix=a/&start-after=a/1"))).toEqual(["a/", "a/2"]);
    const first = await list("max-keys=3");
    expect(first).toContain("<IsTruncated>true</IsTruncated>");
    const [, token] = /<NextContinuationToken>(.+)<\/Next/.exec(first) ?? [];
    expect(keys(await list(`continuation-token=${token}`))).toEqual(["c&amp;d"]);
  });

  const crc = (content: string) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(content));
    return bytes.toString("base64");
  };
  const chunked = (checksum: string) =>
    `5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
  const streaming = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "11",
  };

  it("may come in chunks", async () => {
    await put("key", chunked(crc("hello world")), streaming);
    const { body, headers } = await ask("GET", "key");
    expect(body).toBe("hello world");
    expect(headers).not.toHaveProperty("content-encoding");
  });

  it.each<[string, string, Record<string, string>]>([
    ["BadDigest", chunked(crc("hello")), streaming],
    ["IncompleteBody", chunked(crc("hello world")).slice(0, 20), streaming],
    ["IncompleteBody", chunked(crc("hello world")), { ...streaming, "x-amz-decoded-content-length": "12" }],
    ["BadDigest", "hello", { "content-md5": "AAAA" }],
    ["BadDigest", "hello", { "x-amz-checksum-crc32": "AAAA" }],
    ["XAmzContentSHA256Mismatch", "hello", { "x-amz-content-sha256": "0".repeat(64) }],
    ["NotImplemented", "hello", { "x-amz-checksum-crc64nvme": "AAAA" }],
    ["NotImplemented", "hello", { "x-amz-acl": "public-read" }],
    ["NotImplemented", "hello", { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" }],
  ])("aren't stored when they are refused: %s", async (code, body, headers) => {
    await expect(put("key", body, headers)).rejects.toMatchObject({ code });
    await expect(ask("GET", "key")).rejects.toMatchObject({ code: "NoSuchKey" });
  });

  it("aren't written over by who asks for that", async () => {
    await put("key", "one", { "if-none-match": "*" });
    await expect(put("key", "two", { "if-none-match": "*" })).rejects.toMatchObject({ status: 412 });
    expect((await ask("GET", "key")).body).toBe("one");
  });

  it("keep their bucket from being deleted, unless it may", async () => {
    await put("key", "content");
    await expect(destroy("s3/bucket:Bucket", bucket)).rejects.toThrow("BucketNotEmpty");
    const forced = await update("s3/bucket:Bucket", bucket, { bucket: "copies", forceDestroy: true });
    await destroy("s3/bucket:Bucket", forced);
    expect(engines.publishBuckets).toHaveBeenLastCalledWith([]);
    bucket = await create("s3/bucket:Bucket", { bucket: "copies" });
    await expect(ask("GET", "key")).rejects.toMatchObject({ code: "NoSuchKey" });
  });
});

describe("a role", () => {
  it("does what its policy says, and nothing else", async () => {
    await grant(allow(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::copies/orders/*"));
    await put("orders/1", "content");
    await expect(put("shop/1", "content")).rejects.toThrow(
      /assumed-role\/backup\/eks is not authorized to perform: s3:PutObject/,
    );
    await expect(ask("DELETE", "orders/1")).rejects.toMatchObject({ code: "AccessDenied", status: 403 });
    await expect(ask("GET", "", { query: "list-type=2" })).rejects.toThrow("s3:ListBucket");
    await expect(ask("GET", "orders/1", { query: "versionId=null" })).rejects.toThrow("s3:GetObjectVersion");
    // Without s3:ListBucket it isn't told what isn't there.
    await expect(ask("GET", "orders/2")).rejects.toMatchObject({ code: "AccessDenied" });
  });

  it("does nothing without a policy, and isn't known when it is gone", async () => {
    await expect(put("key", "content")).rejects.toMatchObject({ code: "AccessDenied" });
    await destroy("iam/role:Role", role);
    await expect(put("key", "content")).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
  });

  it("is stopped by the bucket's policy", async () => {
    await grant(allow("s3:*"));
    const statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObject",
      Resource: "arn:aws:s3:::copies/*",
    };
    await create("s3/bucketPolicy:BucketPolicy", {
      bucket: "copies",
      policy: { Version: "2012-10-17", Statement: [statement] },
    });
    await put("key", "content");
    await expect(ask("DELETE", "key")).rejects.toMatchObject({ code: "AccessDenied" });
  });

  it("needs the key that the bucket encrypts with", async () => {
    const key = await create("kms/key:Key", {});
    const rules = [
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn } },
    ];
    const type = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    await create(type, { bucket: "copies", rules });
    const granted = await grant(allow("s3:*"));
    await expect(put("key", "content")).rejects.toThrow("kms:GenerateDataKey");
    await destroy("iam/rolePolicy:RolePolicy", granted);
    await grant(allow("s3:*"), allow("kms:GenerateDataKey", key.arn));
    expect((await put("key", "content")).headers).toMatchObject({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": key.arn,
    });
    await expect(ask("GET", "key")).rejects.toThrow("kms:Decrypt");
  });
});

it("a bucket answers in its own region, under a name of its own", () => {
  expect(engines.publishBuckets).toHaveBeenLastCalledWith([
    expect.objectContaining({ bucket: "copies", region }),
  ]);
  expect(() => expectBucket("copies", "eu-west-1")).toThrow(region);
  expect(() => expectBucket("nothing", region)).toThrow("does not exist");
});
