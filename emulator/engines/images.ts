// Images that other registries would have: they can't be reached from everywhere, so the emulator makes its own. It puts
// them into the registry layer by layer, without a Docker engine that would unpack and compress each.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { endpointsAuthority } from "./endpoints.ts";
import { dataPath } from "./instance.ts";
import { run } from "./processes.ts";
import { type ImageConfig, pushImage, registryAddress, resolveTag } from "./registry.ts";

/** What EKS runs in every pod, its add-on, an operator, and what stands in for Docker Hub's `python` and `debian`. */
type Repository =
  | "emulator/pause"
  | "emulator/metrics-server"
  | "emulator/external-secrets"
  | "emulator/python"
  | "emulator/debian";

/** What a layer has beside others: contents, or the file that is copied, by path. */
type Files = Record<string, string | { copyOf: string }>;

interface Recipe {
  /** The tag of what would be made. */
  tag(): Promise<string>;
  /** Of what is made once for all instances, the file. */
  layers(): Promise<(string | Files)[]>;
  config: ImageConfig;
}

/** The toolchain's folder names carry the hash of what was built. */
const tag = (file: string): string => basename(dirname(readlinkSync(dataPath(file))));

/** An image of one program and nothing else; `file` is `<folder>/<program>`. */
function fromScratch(file: string): Recipe {
  const program = basename(file);
  return {
    tag: async () => tag(file),
    layers: async () => [{ [program]: { copyOf: dataPath(file) } }],
    config: { Entrypoint: [`/${program}`] },
  };
}

const trustStore = "etc/ssl/certs/ca-certificates.crt";

/** Of an image that trusts the authority behind AWS' endpoints: each instance has its own. */
async function tagWithAuthority(file: string): Promise<string> {
  const authority = createHash("sha256").update(await endpointsAuthority());
  return `${tag(file)}-${authority.digest("hex").slice(0, 8)}`;
}

const externalSecretsProgram = "external-secrets/external-secrets";

/** As its release has it, a program and nothing else. */
const externalSecrets: Recipe = {
  tag: () => tagWithAuthority(externalSecretsProgram),
  layers: async () => [
    {
      "bin/external-secrets": { copyOf: dataPath(externalSecretsProgram) },
      [trustStore]: await endpointsAuthority(),
    },
  ],
  config: { Entrypoint: ["/bin/external-secrets"], User: "65534" },
};

const pythonRoot = "images/python.tar";

/**
 * Tools with trust stores of their own are pointed to the system's, which holds this machine's authorities and that of
 * AWS' endpoints.
 */
const python: Recipe = {
  tag: () => tagWithAuthority(pythonRoot),
  async layers() {
    const authority = await endpointsAuthority();
    const machine = await run("tar", [
      "--extract",
      "--to-stdout",
      "--file",
      dataPath(pythonRoot),
      `./${trustStore}`,
    ]);
    return [
      dataPath(pythonRoot),
      {
        [trustStore]: machine + authority,
        "usr/local/share/ca-certificates/emulator-endpoints.crt": authority,
      },
    ];
  },
  config: {
    Env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...["PIP_CERT", "SSL_CERT_FILE", "AWS_CA_BUNDLE"].map((name) => `${name}=/${trustStore}`),
    ],
    Cmd: ["python3"],
  },
};

const debian: Recipe = {
  tag: async () => tag("images/debian.tar"),
  layers: async () => [dataPath("images", "debian.tar")],
  config: { Cmd: ["bash"] },
};

const make: Record<Repository, Recipe> = {
  "emulator/pause": fromScratch("pause/pause"),
  "emulator/metrics-server": fromScratch("metrics-server/metrics-server"),
  "emulator/external-secrets": externalSecrets,
  "emulator/python": python,
  "emulator/debian": debian,
};

/** The file of a layer, made in `folder`. */
async function pack(layer: Files, folder: string): Promise<string> {
  const root = mkdtempSync(join(folder, "layer-"));
  for (const [path, content] of Object.entries(layer)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") writeFileSync(file, content);
    else copyFileSync(content.copyOf, file);
  }
  // For users who aren't root as well, whatever this process' umask is.
  const rights = ["--owner=0", "--group=0", "--mode=a+rX"];
  // The same contents make the same digest, and a build on it finds its cache.
  const sameAgain = ["--sort=name", "--mtime=@0"];
  await run("tar", ["--create", "--file", `${root}.tar`, ...rights, ...sameAgain, "--directory", root, "."]);
  return `${root}.tar`;
}

/** `repository@sha256:…` of an image, which is made at its first use. */
export async function provideImage(repository: Repository): Promise<string> {
  const version = await make[repository].tag();
  const digest = (await resolveTag(repository, version)) ?? (await makeImage(repository, version));
  return `${registryAddress()}/${repository}@${digest}`;
}

async function makeImage(repository: Repository, version: string): Promise<string> {
  const { layers, config } = make[repository];
  mkdirSync(dataPath("tmp"), { recursive: true });
  const folder = mkdtempSync(dataPath("tmp", "image-"));
  try {
    const files = (await layers()).map((layer) => (typeof layer === "string" ? layer : pack(layer, folder)));
    return await pushImage(repository, version, await Promise.all(files), config);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
