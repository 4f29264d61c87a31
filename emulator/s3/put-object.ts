// PutObject: takes what was uploaded once it is whole, and what the client says that it is.
import { rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../endpoints/service.ts";
import { authorize, authorizeKey } from "./authorization.ts";
import { storeBody } from "./body.ts";
import { notImplemented, S3Error } from "./error.ts";
import { addVersion, temporaryFile, versionsOf } from "./objects.ts";
import { encryptionHeaders, type Operation, refuseUnknown, versionHeaders } from "./operation.ts";

/** Those that a GET gives back. */
const kept =
  /^(content-type|content-encoding|content-disposition|content-language|cache-control|expires|x-amz-storage-class|x-amz-meta-.*)$/;

function stored(headers: IncomingHttpHeaders): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => kept.test(name)) as [string, string][];
  const coding = (value: string) =>
    value
      .split(/ *, */)
      .filter((part) => part !== "aws-chunked")
      .join();
  const decoded = own.map(([name, value]) => [name, name === "content-encoding" ? coding(value) : value]);
  return Object.fromEntries(decoded.filter(([, value]) => value));
}

export async function putObject(operation: Operation): Promise<Answer> {
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
