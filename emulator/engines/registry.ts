// ECR's engine: the Distribution registry on the emulator's network.
import { createHash, randomBytes } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { arch } from "node:os";
import { pipeline } from "node:stream/promises";
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
    headers: { authorization: registryAuthorization(), accept: manifestTypes, ...init.headers },
    signal: AbortSignal.timeout(60_000),
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

/** Of the OCI's image specification, as far as the emulator's images need it. */
export interface ImageConfig {
  Cmd?: string[];
  Entrypoint?: string[];
  Env?: string[];
  User?: string;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const oci = (kind: string): string => `application/vnd.oci.image.${kind}`;

/** As Go and Docker call it. */
const architecture = { x64: "amd64" }[arch() as string] ?? arch();

/** Sends what the registry then keeps by its digest; throws what it answers when it doesn't. */
async function send(path: string, method: string, init: RequestInit, status: number): Promise<Response> {
  const response = await request(path, { ...init, method });
  if (response.status === status) return response;
  throw new Error(`the registry answered ${response.status} to ${method} ${path}: ${await response.text()}`);
}

/** The name that a content has in every registry, and a layer that isn't compressed in every image. */
export async function digestOf(content: Buffer | { file: string }): Promise<string> {
  const hash = createHash("sha256");
  if (Buffer.isBuffer(content)) hash.update(content);
  else await pipeline(createReadStream(content.file), hash);
  return `sha256:${hash.digest("hex")}`;
}

async function pushBlob(repository: string, mediaType: string, content: Buffer | { file: string }) {
  const digest = await digestOf(content);
  const size = Buffer.isBuffer(content) ? content.length : statSync(content.file).size;
  const begun = await send(`${repository}/blobs/uploads/`, "POST", {}, 202);
  const upload = new URL(begun.headers.get("location") ?? "");
  upload.searchParams.set("digest", digest);
  const body = Buffer.isBuffer(content) ? content : createReadStream(content.file);
  // `duplex` is what fetch asks for with a stream.
  const init = {
    body,
    duplex: "half",
    headers: { "content-type": "application/octet-stream" },
  } as RequestInit;
  await send(`${upload.pathname.slice("/v2/".length)}${upload.search}`, "PUT", init, 201);
  return { mediaType, digest, size } satisfies Descriptor;
}

/** Makes an image of layers, which are tar files, and returns its digest. */
export async function pushImage(
  repository: string,
  tag: string,
  files: string[],
  config: ImageConfig,
): Promise<string> {
  // Not compressed: the nodes of this machine would only unpack it again.
  const layers = await Promise.all(files.map((file) => pushBlob(repository, oci("layer.v1.tar"), { file })));
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const image = { architecture, os: "linux", config, rootfs };
  const described = await pushBlob(repository, oci("config.v1+json"), Buffer.from(JSON.stringify(image)));
  const mediaType = oci("manifest.v1+json");
  const manifest = { schemaVersion: 2, mediaType, config: described, layers };
  const init = { body: JSON.stringify(manifest), headers: { "content-type": mediaType } };
  const { headers } = await send(`${repository}/manifests/${tag}`, "PUT", init, 201);
  return headers.get("docker-content-digest") as string;
}
