// What is in the buckets: a file with each version of an object, and its record beside it.
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dataPath } from "../engines/instance.ts";

export interface ObjectVersion {
  key: string;
  /** "null" for what was stored while versioning was off. */
  versionId: string;
  isDeleteMarker: boolean;
  size: number;
  etag: string;
  /** In ISO 8601. */
  lastModified: string;
  /** Those that a GET gives back. */
  headers: Record<string, string>;
  /** Orders versions; names their files. */
  stamp: string;
}

export type Versioning = "Enabled" | "Suspended" | "Disabled";

const bucketFolder = (bucket: string): string => dataPath("s3", "objects", bucket);
/** Keys are longer than names of files may be. */
const folder = (bucket: string, key: string, ...parts: string[]): string =>
  [bucketFolder(bucket), createHash("sha256").update(key).digest("hex"), ...parts].join("/");

export const bodyFile = (bucket: string, { key, stamp }: ObjectVersion): string =>
  folder(bucket, key, `${stamp}.body`);

const read = (path: string): ObjectVersion[] =>
  existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.endsWith(".json"))
        .sort()
        .reverse()
        .map((name) => JSON.parse(readFileSync(`${path}/${name}`, "utf8")))
    : [];

/** Of one object, the newest first. */
export const versionsOf = (bucket: string, key: string): ObjectVersion[] => read(folder(bucket, key));

/** Of all objects, by key in S3's order, the newest first. */
export function allVersions(bucket: string): ObjectVersion[] {
  const path = bucketFolder(bucket);
  const objects = existsSync(path) ? readdirSync(path).map((name) => read(`${path}/${name}`)) : [];
  return objects
    .filter(([first]) => first !== undefined)
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one?.key ?? ""), Buffer.from(other?.key ?? "")))
    .flat();
}

export const hasObjects = (bucket: string): boolean => allVersions(bucket).length > 0;
export const deleteObjects = (bucket: string): void =>
  rmSync(bucketFolder(bucket), { recursive: true, force: true });

/** Where a body is written before it is whole. */
export function temporaryFile(): string {
  mkdirSync(dataPath("s3", "tmp"), { recursive: true });
  return dataPath("s3", "tmp", randomBytes(8).toString("hex"));
}

export function removeVersion(bucket: string, version: ObjectVersion): void {
  rmSync(folder(bucket, version.key, `${version.stamp}.json`), { force: true });
  rmSync(bodyFile(bucket, version), { force: true });
  if (versionsOf(bucket, version.key).length === 0) rmdirSync(folder(bucket, version.key));
}

let last = 0;
/** Later ones are greater, within a millisecond too. */
function nextStamp(): string {
  last = Math.max(Date.now(), last + 1);
  return String(last).padStart(15, "0");
}

/** Adds a version; without versioning it takes the place of the one before. */
export function addVersion(
  bucket: string,
  versioning: Versioning,
  made: Omit<ObjectVersion, "stamp" | "versionId" | "lastModified">,
  body?: string,
): ObjectVersion {
  const versionId = versioning === "Enabled" ? randomBytes(24).toString("base64url") : "null";
  const version = { ...made, versionId, stamp: nextStamp(), lastModified: new Date().toISOString() };
  const replaced = versionsOf(bucket, made.key).filter(
    (old) => versionId === "null" && old.versionId === "null",
  );
  mkdirSync(folder(bucket, made.key), { recursive: true, mode: 0o700 });
  if (body) renameSync(body, bodyFile(bucket, version));
  const record = folder(bucket, made.key, `${version.stamp}.json`);
  writeFileSync(`${record}.draft`, JSON.stringify(version));
  renameSync(`${record}.draft`, record);
  for (const old of replaced) removeVersion(bucket, old);
  return version;
}
