// S3's engine: a server of objects on the emulator's network, at an address that the names of S3's endpoints stand for.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { authority } from "./certificates.ts";
import { publishNames } from "./dns.ts";
import { dataPath, takeAddress } from "./instance.ts";
import { addAddress, removeAddress } from "./network.ts";
import { startProcess, stopProcess, waitUntil } from "./processes.ts";

export const s3Folder = (...parts: string[]): string => dataPath("s3", ...parts);

export const s3Address = (): string => takeAddress("s3");

/** The authority behind its certificates, in PEM; images of the emulator's trust it. */
export async function s3Authority(): Promise<string> {
  await authority(s3Folder("pki"), "ca");
  return readFileSync(s3Folder("pki", "ca.crt"), "utf8");
}

const answers = (): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(443, s3Address(), () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", reject);
  });

export async function startS3(): Promise<void> {
  await addAddress(s3Address());
  startProcess("s3", process.execPath, [join(import.meta.dirname, "..", "s3", "server.ts"), s3Address()]);
  await waitUntil("S3", "s3", answers);
}

export async function stopS3(): Promise<void> {
  await stopProcess("s3");
  await removeAddress(s3Address()).catch(() => undefined);
}

/** Makes buckets known to clusters' DNS servers: each has a name of its own. */
export function publishBuckets(buckets: { bucket: string; region: string }[]): void {
  const names = buckets.flatMap(({ bucket, region }) => [
    `s3.${region}.amazonaws.com`,
    `${bucket}.s3.${region}.amazonaws.com`,
  ]);
  publishNames("s3", Object.fromEntries(names.map((name) => [name, s3Address()])));
}
