// ECR's engine: the Distribution registry on the emulator's network.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import bcrypt from "bcryptjs";
import { dataPath, hostAddress } from "./instance.ts";
import { run, startProcess, stopProcess, waitUntil } from "./processes.ts";

const port = 5000;
const serviceName = "registry";
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** `host:port` of the registry. */
export const registryAddress = (): string => `${hostAddress()}:${port}`;

/** The user that docker and the nodes log in as; made at the first start. */
export function registryCredentials(): { userName: string; password: string } {
  const file = dataPath("registry", "password");
  if (!existsSync(file)) {
    mkdirSync(dataPath("registry"), { recursive: true });
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  return { userName: "AWS", password: readFileSync(file, "utf8") };
}

export function registryAuthorization(): string {
  const { userName, password } = registryCredentials();
  return `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}`;
}

const request = (path: string, init: RequestInit = {}) =>
  fetch(`http://${registryAddress()}/v2/${path}`, {
    ...init,
    headers: { authorization: registryAuthorization(), accept: manifestTypes },
    signal: AbortSignal.timeout(10_000),
  });

export async function startRegistry(): Promise<void> {
  const { userName, password } = registryCredentials();
  writeFileSync(dataPath("registry", "htpasswd"), `${userName}:${bcrypt.hashSync(password, 6)}\n`, {
    mode: 0o600,
  });
  const configuration = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: dataPath("registry", "storage") }, delete: { enabled: true } },
    http: { addr: registryAddress() },
    auth: { htpasswd: { realm: "emulator", path: dataPath("registry", "htpasswd") } },
  };
  writeFileSync(dataPath("registry", "config.yml"), JSON.stringify(configuration, undefined, 2));
  startProcess(serviceName, "docker-registry", ["serve", dataPath("registry", "config.yml")]);
  await waitUntil("the image registry", serviceName, async () => (await request("")).ok);
}

export const stopRegistry = (): Promise<void> => stopProcess(serviceName);

/** The digest that a tag stands for, or undefined. */
export async function resolveTag(repository: string, tag: string): Promise<string | undefined> {
  const response = await request(`${repository}/manifests/${tag}`, { method: "HEAD" });
  return response.ok ? (response.headers.get("docker-content-digest") ?? undefined) : undefined;
}

/** The digests of a repository's tagged images. */
export async function listImages(repository: string): Promise<string[]> {
  const response = await request(`${repository}/tags/list`);
  if (response.status === 404) return [];
  const { tags } = (await response.json()) as { tags: string[] | null };
  const digests = await Promise.all((tags ?? []).map((tag) => resolveTag(repository, tag)));
  return [...new Set(digests.filter((digest) => digest !== undefined))];
}

/** Removes a repository and the layers that no other one uses. */
export async function deleteRepository(repository: string): Promise<void> {
  rmSync(dataPath("registry", "storage", "docker", "registry", "v2", "repositories", repository), {
    recursive: true,
    force: true,
  });
  await run("docker-registry", ["garbage-collect", dataPath("registry", "config.yml")]);
}
