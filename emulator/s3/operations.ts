// What S3 does for a caller who is known: the operations on objects.
import { createReadStream, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { authorize, authorizeKey, type Caller, may } from "./authorization.ts";
import { storeBody } from "./body.ts";
import type { Bucket } from "./buckets.ts";
import { notImplemented, S3Error } from "./error.ts";
import { listObjects, listVersions } from "./listing.ts";
import {
  addVersion,
  bodyFile,
  type ObjectVersion,
  removeVersion,
  temporaryFile,
  versionsOf,
} from "./objects.ts";

export interface Operation {
  caller: Caller;
  bucket: Bucket;
  /** Of the object; empty for the bucket itself. */
  key: string;
  method: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Readable;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Readable;
}

/** What a client may ask for besides; S3's own answer to others is the same. */
const knownHeaders =
  /^x-amz-(content-sha256|date|security-token|user-agent|trailer|decoded-content-length|storage-class|expected-bucket-owner|sdk-.*|meta-.*|checksum-.*|server-side-encryption)$/;
const kept =
  /^(content-type|content-encoding|content-disposition|content-language|cache-control|expires|x-amz-storage-class|x-amz-meta-.*)$/;

function refuseUnknown({ headers, query }: Operation, parameters: string[]): void {
  const header = Object.keys(headers).find((name) => name.startsWith("x-amz-") && !knownHeaders.test(name));
  if (header) throw notImplemented(`the header ${header}`);
  const parameter = [...query.keys()].find((name) => !["x-id", ...parameters].includes(name));
  if (parameter) throw notImplemented(`the parameter ${parameter} of this request`);
}

function encryptionHeaders({ encryption: { algorithm, key } }: Bucket): Record<string, string> {
  const id = key && { "x-amz-server-side-encryption-aws-kms-key-id": key.arn };
  return { "x-amz-server-side-encryption": algorithm, ...id };
}

function versionHeaders({ versioning }: Bucket, { versionId }: ObjectVersion): Record<string, string> {
  return versioning === "Disabled" ? {} : { "x-amz-version-id": versionId };
}

const stored = (headers: IncomingHttpHeaders): Record<string, string> => {
  const own = Object.entries(headers).filter(([name]) => kept.test(name)) as [string, string][];
  const coding = (value: string) =>
    value
      .split(/ *, */)
      .filter((part) => part !== "aws-chunked")
      .join();
  const decoded = own.map(([name, value]) => [name, name === "content-encoding" ? coding(value) : value]);
  return Object.fromEntries(decoded.filter(([, value]) => value));
};

async function putObject(operation: Operation): Promise<Answer> {
  const { caller, bucket, key, headers, body } = operation;
  refuseUnknown(operation, []);
  const algorithm = headers["x-amz-server-side-encryption"];
  if (algorithm && algorithm !== bucket.encryption.algorithm) {
    throw notImplemented(
      `an object's own encryption, ${algorithm}; this bucket has ${bucket.encryption.algorithm}`,
    );
  }
  const details: Record<string, string> = algorithm
    ? { "s3:x-amz-server-side-encryption": String(algorithm) }
    : {};
  authorize(caller, bucket, "s3:PutObject", key, details);
  authorizeKey(caller, bucket, "kms:GenerateDataKey");
  const file = temporaryFile();
  const { size, md5 } = await storeBody(body, headers, file);
  const [current] = versionsOf(bucket.name, key);
  if (headers["if-none-match"] === "*" && current && !current.isDeleteMarker) {
    rmSync(file);
    const message = "At least one of the pre-conditions you specified did not hold";
    throw new S3Error("PreconditionFailed", 412, message);
  }
  const made = { key, isDeleteMarker: false, size, etag: md5, headers: stored(headers) };
  const version = addVersion(bucket.name, bucket.versioning, made, file);
  return {
    status: 200,
    headers: { etag: `"${md5}"`, ...encryptionHeaders(bucket), ...versionHeaders(bucket, version) },
  };
}

/** Who may not list a bucket isn't told whether an object is in it. */
function missing({ caller, bucket, key }: Operation, isVersion: boolean, headers = {}): S3Error {
  if (!may(caller, bucket, "s3:ListBucket"))
    return new S3Error("AccessDenied", 403, "Access Denied", headers);
  return isVersion
    ? new S3Error("NoSuchVersion", 404, "The specified version does not exist.", headers)
    : new S3Error("NoSuchKey", 404, `The specified key does not exist: ${key}`, headers);
}

function expectVersion(operation: Operation): ObjectVersion {
  const { bucket, key, query } = operation;
  const wanted = query.get("versionId");
  const versions = versionsOf(bucket.name, key);
  const version = wanted === null ? versions[0] : versions.find(({ versionId }) => versionId === wanted);
  if (!version) throw missing(operation, wanted !== null);
  if (!version.isDeleteMarker) return version;
  const headers = { "x-amz-delete-marker": "true", ...versionHeaders(bucket, version) };
  if (wanted === null) throw missing(operation, false, headers);
  throw new S3Error(
    "MethodNotAllowed",
    405,
    "The specified method is not allowed against this resource.",
    headers,
  );
}

/** The first and the last byte of a range, as most clients ask for one. */
function rangeOf(header: string | undefined, size: number): [number, number] | undefined {
  if (header === undefined) return undefined;
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (!from && !to) return undefined;
  const first = from ? Number(from) : Math.max(0, size - Number(to));
  const last = from && to ? Math.min(Number(to), size - 1) : size - 1;
  if (first <= last) return [first, last];
  throw new S3Error("InvalidRange", 416, "The requested range is not satisfiable");
}

function getObject(operation: Operation): Answer {
  const { caller, bucket, key, query, headers, method } = operation;
  refuseUnknown(operation, ["versionId"]);
  const condition = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"].find(
    (name) => headers[name],
  );
  if (condition) throw notImplemented(`the header ${condition} of this request`);
  authorize(caller, bucket, query.has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject", key);
  const version = expectVersion(operation);
  authorizeKey(caller, bucket, "kms:Decrypt");
  const range = rangeOf(headers.range, version.size);
  const [start, end] = range ?? [0, version.size - 1];
  return {
    status: range ? 206 : 200,
    headers: {
      "content-type": "binary/octet-stream",
      ...version.headers,
      ...encryptionHeaders(bucket),
      ...versionHeaders(bucket, version),
      "accept-ranges": "bytes",
      "content-length": String(end - start + 1),
      ...(range && { "content-range": `bytes ${start}-${end}/${version.size}` }),
      etag: `"${version.etag}"`,
      "last-modified": new Date(version.lastModified).toUTCString(),
    },
    body:
      method === "GET" && version.size > 0
        ? createReadStream(bodyFile(bucket.name, version), { start, end })
        : undefined,
  };
}

function deleteObject(operation: Operation): Answer {
  const { caller, bucket, key, query } = operation;
  refuseUnknown(operation, ["versionId"]);
  const wanted = query.get("versionId");
  authorize(caller, bucket, wanted === null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key);
  const versions = versionsOf(bucket.name, key);
  if (wanted !== null || bucket.versioning === "Disabled") {
    const version = versions.find(({ versionId }) => versionId === (wanted ?? "null"));
    if (!version) return { status: 204 };
    removeVersion(bucket.name, version);
    const marker: Record<string, string> = version.isDeleteMarker ? { "x-amz-delete-marker": "true" } : {};
    return { status: 204, headers: { ...marker, ...versionHeaders(bucket, version) } };
  }
  const marker = addVersion(bucket.name, bucket.versioning, {
    ...{ key, isDeleteMarker: true, size: 0, etag: "", headers: {} },
  });
  return { status: 204, headers: { "x-amz-delete-marker": "true", ...versionHeaders(bucket, marker) } };
}

function list(operation: Operation): Answer {
  const { caller, bucket, query } = operation;
  const names = ["prefix", "delimiter", "max-keys"].filter((name) => query.has(name));
  const details = Object.fromEntries(names.map((name) => [`s3:${name}`, query.get(name) ?? ""]));
  const headers = { "content-type": "application/xml" };
  if (query.has("versions")) {
    refuseUnknown(operation, ["versions", "prefix", "encoding-type"]);
    authorize(caller, bucket, "s3:ListBucketVersions", undefined, details);
    return { status: 200, headers, body: listVersions(bucket, query) };
  }
  if (query.get("list-type") !== "2")
    throw notImplemented("this request of a bucket; it lists objects, by ListObjectsV2");
  const parameters = [
    "prefix",
    "delimiter",
    "max-keys",
    "start-after",
    "continuation-token",
    "encoding-type",
  ];
  refuseUnknown(operation, ["list-type", "fetch-owner", ...parameters]);
  authorize(caller, bucket, "s3:ListBucket", undefined, details);
  return { status: 200, headers, body: listObjects(bucket, query) };
}

export async function perform(operation: Operation): Promise<Answer> {
  const { caller, bucket, key, method } = operation;
  if (key === "" && method === "GET") return list(operation);
  if (key === "" && method === "HEAD") {
    authorize(caller, bucket, "s3:ListBucket");
    return { status: 200, headers: { "x-amz-bucket-region": caller.region } };
  }
  if (key === "") throw notImplemented(`${method} of a bucket`);
  if (method === "PUT") return putObject(operation);
  if (method === "GET" || method === "HEAD") return getObject(operation);
  if (method === "DELETE") return deleteObject(operation);
  throw notImplemented(`${method} of an object`);
}
