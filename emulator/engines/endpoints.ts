// What pods reach of AWS: a server at an address of the emulator's network that the names of AWS' endpoints stand for.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { authority } from "./certificates.ts";
import { publishNames } from "./dns.ts";
import { dataPath, takeAddress } from "./instance.ts";
import { addAddress, removeAddress } from "./network.ts";
import { startProcess, stopProcess, waitUntil } from "./processes.ts";

export const endpointsFolder = (...parts: string[]): string => dataPath("endpoints", ...parts);

export const endpointsAddress = (): string => takeAddress("endpoints");

/** The authority behind its certificates, in PEM; images of the emulator's trust it. */
export async function endpointsAuthority(): Promise<string> {
  await authority(endpointsFolder("pki"), "ca");
  return readFileSync(endpointsFolder("pki", "ca.crt"), "utf8");
}

const answers = (): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(443, endpointsAddress(), () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", reject);
  });

export async function startEndpoints(): Promise<void> {
  await addAddress(endpointsAddress());
  const server = join(import.meta.dirname, "..", "endpoints", "server.ts");
  startProcess("endpoints", process.execPath, [server, endpointsAddress()]);
  await waitUntil("AWS' endpoints", "endpoints", answers);
}

export async function stopEndpoints(): Promise<void> {
  await stopProcess("endpoints");
  await removeAddress(endpointsAddress()).catch(() => undefined);
}

const publish = (owner: "s3" | "secretsmanager", names: string[]): void =>
  publishNames(owner, Object.fromEntries(names.map((name) => [name, endpointsAddress()])));

/** Makes buckets known to clusters' DNS servers: each has a name of its own. */
export function publishBuckets(buckets: { bucket: string; region: string }[]): void {
  const names = buckets.flatMap(({ bucket, region }) => [
    `s3.${region}.amazonaws.com`,
    `${bucket}.s3.${region}.amazonaws.com`,
  ]);
  publish("s3", names);
}

/** Makes Secrets Manager known to clusters' DNS servers, in the regions that have secrets. */
export function publishSecretsManager(regions: string[]): void {
  publish(
    "secretsmanager",
    regions.map((region) => `secretsmanager.${region}.amazonaws.com`),
  );
}
