// ListObjectsV2 and ListObjectVersions.
import type { Bucket } from "./buckets.ts";
import { S3Error } from "./error.ts";
import { allVersions, type ObjectVersion } from "./objects.ts";
import { type Element, xml } from "./xml.ts";

const mostKeys = 1000;

function maxKeysOf(query: URLSearchParams): number {
  const given = query.get("max-keys");
  if (given === null) return mostKeys;
  if (!/^\d+$/.test(given)) throw new S3Error("InvalidArgument", 400, "Provided max-keys not an integer");
  return Math.min(Number(given), mostKeys);
}

interface Listed {
  /** A common prefix without any. */
  versions: ObjectVersion[];
  name: string;
}

/** Objects, and what stands for several of them up to the delimiter. */
function grouped(versions: ObjectVersion[], prefix: string, delimiter: string | null): Listed[] {
  const all = new Map<string, Listed>();
  for (const version of versions.filter(({ key }) => key.startsWith(prefix))) {
    const end = delimiter ? version.key.indexOf(delimiter, prefix.length) : -1;
    const isShared = delimiter !== null && delimiter !== "" && end >= 0;
    const name = isShared ? version.key.slice(0, end + delimiter.length) : version.key;
    const listed = all.get(`${isShared} ${name}`) ?? { versions: [], name };
    if (!isShared) listed.versions.push(version);
    all.set(`${isShared} ${name}`, listed);
  }
  return [...all.values()];
}

const isAfter = (name: string, start: string): boolean =>
  Buffer.compare(Buffer.from(name), Buffer.from(start)) > 0;

/** Keys may have signs that XML 1.0 has not. */
const encoderOf =
  (query: URLSearchParams) =>
  (text: string): string =>
    query.get("encoding-type") === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text;

export function listObjects(bucket: Bucket, query: URLSearchParams): string {
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter")];
  const token = query.get("continuation-token");
  const start = token ? Buffer.from(token, "base64url").toString() : (query.get("start-after") ?? "");
  const maxKeys = maxKeysOf(query);
  const seen = new Set<string>();
  const current = allVersions(bucket.name).filter(({ key, isDeleteMarker }) => {
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst && !isDeleteMarker;
  });
  const listed = grouped(current, prefix, delimiter).filter(({ name }) => isAfter(name, start));
  const page = listed.slice(0, maxKeys);
  const isTruncated = maxKeys > 0 && listed.length > page.length;
  const encode = encoderOf(query);
  const last = page.at(-1)?.name ?? start;
  return xml("ListBucketResult", {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    MaxKeys: maxKeys,
    EncodingType: query.get("encoding-type") ?? undefined,
    KeyCount: page.length,
    IsTruncated: isTruncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: isTruncated ? Buffer.from(last).toString("base64url") : undefined,
    StartAfter: query.get("start-after") ?? undefined,
    Contents: page.flatMap(({ versions: [version] }) => (version ? [content(version, encode)] : [])),
    CommonPrefixes: page
      .filter(({ versions }) => versions.length === 0)
      .map(({ name }) => ({ Prefix: encode(name) })),
  });
}

const content = (version: ObjectVersion, encode: (text: string) => string): Element => ({
  Key: encode(version.key),
  LastModified: version.lastModified,
  ETag: `"${version.etag}"`,
  Size: version.size,
  StorageClass: version.headers["x-amz-storage-class"] ?? "STANDARD",
});

/** All of a prefix, as a bucket of the emulator has few. */
export function listVersions(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  const encode = encoderOf(query);
  const versions = allVersions(bucket.name).filter(({ key }) => key.startsWith(prefix));
  const entry = (version: ObjectVersion) => {
    const { Size, ETag, StorageClass, ...common } = content(version, encode) as Record<string, Element>;
    const isLatest = versions.find(({ key }) => key === version.key) === version;
    const own = { ...common, VersionId: version.versionId, IsLatest: isLatest };
    return version.isDeleteMarker ? own : { ...own, Size, ETag, StorageClass };
  };
  return xml("ListVersionsResult", {
    Name: bucket.name,
    Prefix: encode(prefix),
    EncodingType: query.get("encoding-type") ?? undefined,
    MaxKeys: mostKeys,
    IsTruncated: false,
    Version: versions.filter(({ isDeleteMarker }) => !isDeleteMarker).map(entry),
    DeleteMarker: versions.filter(({ isDeleteMarker }) => isDeleteMarker).map(entry),
  });
}
