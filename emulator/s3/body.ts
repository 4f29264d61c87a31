// What a client uploads: decoded, stored, and compared with what it says that it sent.
import { createHash } from "node:crypto";
import { createWriteStream, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { notImplemented, S3Error } from "./error.ts";

export interface Stored {
  size: number;
  /** MD5 in hexadecimal, which S3 has as ETag. */
  md5: string;
}

type Trailers = Record<string, string>;

/** `aws-chunked`: chunks with their length in hexadecimal, and trailing headers. */
async function* chunks(body: AsyncIterable<Buffer>, trailers: Trailers): AsyncGenerator<Buffer> {
  const incomplete = () => new S3Error("IncompleteBody", 400, "The request body terminated unexpectedly");
  const source = body[Symbol.asyncIterator]();
  let buffer = Buffer.alloc(0);
  const more = async () => {
    const { value, done } = await source.next();
    if (done) throw incomplete();
    buffer = Buffer.concat([buffer, value]);
  };
  const line = async () => {
    while (!buffer.includes("\r\n")) await more();
    const end = buffer.indexOf("\r\n");
    const text = buffer.subarray(0, end).toString();
    buffer = buffer.subarray(end + 2);
    return text;
  };
  for (;;) {
    const size = Number.parseInt(await line(), 16);
    if (Number.isNaN(size)) throw incomplete();
    if (size === 0) break;
    let left = size;
    while (left > 0) {
      if (buffer.length === 0) await more();
      const part = buffer.subarray(0, left);
      buffer = buffer.subarray(part.length);
      left -= part.length;
      yield part;
    }
    if ((await line()) !== "") throw incomplete();
  }
  for (let text = await line(); text !== ""; text = await line()) {
    const [name = "", value = ""] = text.split(/:(.*)/s);
    trailers[name.toLowerCase()] = value.trim();
  }
}

function decoded(body: Readable, headers: IncomingHttpHeaders, trailers: Trailers): AsyncIterable<Buffer> {
  const kind = String(headers["x-amz-content-sha256"]);
  if (kind === "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return chunks(body, trailers);
  if (kind.startsWith("STREAMING-")) throw notImplemented(`payloads of the kind ${kind}`);
  return body;
}

const checksums = ["crc32", "sha1", "sha256"];

/** Those that the client sent, by their names; of the others the emulator can't say whether they are right. */
function givenChecksums(headers: IncomingHttpHeaders): [string, string][] {
  const prefix = "x-amz-checksum-";
  const named = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  const given = named.map(([name, value]): [string, string] => [name.slice(prefix.length), String(value)]);
  const values = given.filter(([name]) => !["mode", "algorithm", "type"].includes(name));
  const unknown = values.find(([name]) => !checksums.includes(name));
  if (unknown) throw notImplemented(`checksums of the kind ${unknown[0]}`);
  return values;
}

/** Writes a request's body to a file; when it isn't what the client says, nothing is left. */
export async function storeBody(body: Readable, headers: IncomingHttpHeaders, file: string): Promise<Stored> {
  const hashes = { md5: createHash("md5"), sha1: createHash("sha1"), sha256: createHash("sha256") };
  let size = 0;
  let cyclic = 0;
  const trailers: Trailers = {};
  async function* observed(): AsyncGenerator<Buffer> {
    for await (const part of decoded(body, headers, trailers)) {
      size += part.length;
      cyclic = crc32(part, cyclic);
      for (const hash of Object.values(hashes)) hash.update(part);
      yield part;
    }
  }
  try {
    await pipeline(Readable.from(observed()), createWriteStream(file, { mode: 0o600 }));
    const md5 = hashes.md5.digest();
    const sha256 = hashes.sha256.digest();
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(cyclic);
    const actual: Record<string, Buffer> = { crc32: crc, sha1: hashes.sha1.digest(), sha256 };
    const signed = String(headers["x-amz-content-sha256"]);
    if (/^[\da-f]{64}$/.test(signed) && signed !== sha256.toString("hex")) {
      const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
      throw new S3Error("XAmzContentSHA256Mismatch", 400, message);
    }
    const declared = Number(headers["x-amz-decoded-content-length"] ?? size);
    if (declared !== size) {
      throw new S3Error("IncompleteBody", 400, "You did not provide the number of bytes specified");
    }
    const isWrong = ([name, value]: [string, string]) => actual[name]?.toString("base64") !== value;
    const wrong = [...givenChecksums(headers), ...givenChecksums(trailers)].find(isWrong);
    const digest = headers["content-md5"];
    if (wrong || (digest && digest !== md5.toString("base64"))) {
      const what = wrong?.[0].toUpperCase() ?? "Content-MD5";
      throw new S3Error("BadDigest", 400, `The ${what} you specified did not match the calculated checksum.`);
    }
    return { size, md5: md5.toString("hex") };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}
