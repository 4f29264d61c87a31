// Builds and pushes an image with a real Docker engine, under ECR's rules for the push.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRepository, isImmutable } from "../aws/ecr.ts";
import { docker } from "../engines/docker.ts";
import { registryAddress, resolveTag } from "../engines/registry.ts";

export interface ImageInputs {
  imageName: string;
  build: {
    args: Record<string, string>;
    cacheFrom?: { images: string[] };
    context: string;
    dockerfile: string;
    platform?: string;
    target?: string;
  };
  registry?: { server: string; username: string; password: string };
}

/** Runs `use` with a client configuration that knows the registry's password for as long as that takes. */
async function loggedIn<T>(
  registry: ImageInputs["registry"],
  use: (config: string) => Promise<T>,
): Promise<T> {
  const config = mkdtempSync(join(tmpdir(), "fastapi-eks-docker-"));
  const auth = registry && Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
  const auths = registry ? { [registryAddress()]: { auth } } : {};
  writeFileSync(join(config, "config.json"), JSON.stringify({ auths }), { mode: 0o600 });
  try {
    return await use(config);
  } finally {
    rmSync(config, { recursive: true });
  }
}

function buildArguments({ imageName, build }: ImageInputs): string[] {
  return [
    ...["build", "--tag", imageName, "--file", build.dockerfile],
    ...Object.entries(build.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(build.cacheFrom?.images ?? []).flatMap((image) => ["--cache-from", image]),
    ...(build.platform ? ["--platform", build.platform] : []),
    ...(build.target ? ["--target", build.target] : []),
    // The emulator's engine has no network of its own for builds.
    ...["--network", "host", build.context],
  ];
}

/** The engine's BuildKit asks a registry for a base over TLS alone, which the emulator's hasn't: `docker pull` asks as well without. */
async function pullBases({ build: { args } }: ImageInputs, config: string): Promise<void> {
  const bases = Object.values(args).filter((value) => value.startsWith(`${registryAddress()}/`));
  await Promise.all(bases.map((base) => docker(["pull", "--quiet", base], { config })));
}

async function push(imageName: string, config: string): Promise<string> {
  const output = await docker(["push", imageName], { config });
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (!digest) throw new Error(`docker push reported no digest:\n${output}`);
  return digest;
}

/** The repository that ECR takes the image into, under its tag; refuses what ECR would. */
async function expectRepository(imageName: string): Promise<string> {
  const prefix = `${registryAddress()}/`;
  const [repository, tag, ...rest] = imageName.slice(prefix.length).split(":");
  if (!imageName.startsWith(prefix) || !repository || !tag || rest.length > 0) {
    throw new Error(`imageName ${imageName} can't be pushed here; expected ${prefix}<repository>:<tag>`);
  }
  const found = findRepository(repository);
  if (!found) {
    throw new Error(`RepositoryNotFoundException: The repository with name '${repository}' does not exist`);
  }
  if (isImmutable(found, tag) && (await resolveTag(repository, tag))) {
    throw new Error(
      `ImageTagAlreadyExistsException: The image tag '${tag}' already exists in the '${repository}' repository ` +
        "and cannot be overwritten because the tag is immutable.",
    );
  }
  return repository;
}

/** Builds, pushes and returns `repository@sha256:…`. */
export async function buildAndPush(inputs: ImageInputs): Promise<string> {
  const repository = await expectRepository(inputs.imageName);
  return loggedIn(inputs.registry, async (config) => {
    await pullBases(inputs, config);
    await docker(buildArguments(inputs), { config });
    return `${registryAddress()}/${repository}@${await push(inputs.imageName, config)}`;
  });
}
