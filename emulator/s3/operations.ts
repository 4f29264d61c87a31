// What S3 does for a caller who is known.
import { createReadStream } from "node:fs";
import type { Answer } from "../endpoints/service.ts";
import { authorize, authorizeKey, may } from "./authorization.ts";
import { notImplemented, S3Error } from "./error.ts";
import { listObjects, listVersions } from "./listing.ts";
import { addVersion, bodyFile, type ObjectVersion, removeVersion, versionsOf } from "./objects.ts";
import { encryptionHeaders, type Operation, refuseUnknown, versionHeaders } from "./operation.ts";
import { putObject } from "./put-object.ts";

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
