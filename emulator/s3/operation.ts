// One request to S3 by a caller who is known, and what all answers to it share.
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Caller } from "../endpoints/authorization.ts";
import type { Bucket } from "./buckets.ts";
import { notImplemented } from "./error.ts";
import type { ObjectVersion } from "./objects.ts";

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

/** What a client may ask for besides; S3's own answer to others is the same. */
const knownHeaders =
  /^x-amz-(content-sha256|date|security-token|user-agent|trailer|decoded-content-length|storage-class|expected-bucket-owner|sdk-.*|meta-.*|checksum-.*|server-side-encryption)$/;

export function refuseUnknown({ headers, query }: Operation, parameters: string[]): void {
  const header = Object.keys(headers).find((name) => name.startsWith("x-amz-") && !knownHeaders.test(name));
  if (header) throw notImplemented(`the header ${header}`);
  const parameter = [...query.keys()].find((name) => !["x-id", ...parameters].includes(name));
  if (parameter) throw notImplemented(`the parameter ${parameter} of this request`);
}

export function encryptionHeaders({ encryption: { algorithm, key } }: Bucket): Record<string, string> {
  const id = key && { "x-amz-server-side-encryption-aws-kms-key-id": key.arn };
  return { "x-amz-server-side-encryption": algorithm, ...id };
}

export function versionHeaders({ versioning }: Bucket, { versionId }: ObjectVersion): Record<string, string> {
  return versioning === "Disabled" ? {} : { "x-amz-version-id": versionId };
}
