// Images that other registries would have: they can't be reached from everywhere, so the emulator makes its own.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { docker } from "./docker.ts";
import { endpointsAuthority } from "./endpoints.ts";
import { dataPath } from "./instance.ts";
import { registryAddress, registryCredentials, resolveTag } from "./registry.ts";

/** What EKS runs in every pod, its add-on, an operator, and what stands in for Docker Hub's `python` and `debian`. */
type Repository =
  | "emulator/pause"
  | "emulator/metrics-server"
  | "emulator/external-secrets"
  | "emulator/python"
  | "emulator/debian";

/** The toolchain's folder names carry the hash of what was built. */
const tag = (file: string): string => basename(dirname(readlinkSync(dataPath(file))));

async function buildFrom(reference: string, files: Record<string, string | Buffer>): Promise<void> {
  const context = dataPath("images", `${basename(reference)}.context`);
  mkdirSync(context, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(context, name), content, { mode: 0o755 });
  }
  await docker(["build", "--network", "none", "--tag", reference, context]);
  rmSync(context, { recursive: true });
}

interface Recipe {
  /** The tag of what would be made. */
  tag(): Promise<string>;
  build(reference: string): Promise<void>;
}

/** An image of one program and nothing else; `file` is `<folder>/<program>`. */
function fromScratch(file: string): Recipe {
  const program = basename(file);
  const lines = ["FROM scratch", `COPY ${program} /${program}`, `ENTRYPOINT ["/${program}"]`, ""];
  return {
    tag: async () => tag(file),
    build: (reference) =>
      buildFrom(reference, { [program]: readFileSync(dataPath(file)), Dockerfile: lines.join("\n") }),
  };
}

const trustStore = "/etc/ssl/certs/ca-certificates.crt";

/** Of an image that trusts the authority behind AWS' endpoints: each instance has its own. */
async function tagWithAuthority(file: string): Promise<string> {
  const authority = createHash("sha256").update(await endpointsAuthority());
  return `${tag(file)}-${authority.digest("hex").slice(0, 8)}`;
}

const externalSecretsProgram = "external-secrets/external-secrets";

/** As its release has it, a program and nothing else. */
const externalSecrets: Recipe = {
  tag: () => tagWithAuthority(externalSecretsProgram),
  async build(reference) {
    const lines = [
      "FROM scratch",
      "COPY external-secrets /bin/external-secrets",
      `COPY endpoints.crt ${trustStore}`,
      "USER 65534",
      'ENTRYPOINT ["/bin/external-secrets"]',
      "",
    ];
    await buildFrom(reference, {
      "external-secrets": readFileSync(dataPath(externalSecretsProgram)),
      "endpoints.crt": await endpointsAuthority(),
      Dockerfile: lines.join("\n"),
    });
  },
};

/**
 * Tools with trust stores of their own are pointed to the system's, which holds this machine's authorities and that of
 * AWS' endpoints.
 */
const pythonLines = (base: string): string[] => [
  `FROM ${base}`,
  "COPY endpoints.crt /usr/local/share/ca-certificates/emulator-endpoints.crt",
  `RUN cat /usr/local/share/ca-certificates/emulator-endpoints.crt >> ${trustStore}`,
  `ENV PIP_CERT=${trustStore} SSL_CERT_FILE=${trustStore} AWS_CA_BUNDLE=${trustStore}`,
  'CMD ["python3"]',
  "",
];

const python: Recipe = {
  tag: () => tagWithAuthority("images/python.tar"),
  async build(reference) {
    const base = `${reference}-base`;
    await docker(["import", dataPath("images", "python.tar"), base]);
    await buildFrom(reference, {
      "endpoints.crt": await endpointsAuthority(),
      Dockerfile: pythonLines(base).join("\n"),
    });
    await docker(["rmi", base]);
  },
};

const debian: Recipe = {
  tag: async () => tag("images/debian.tar"),
  build: async (reference) => {
    await docker(["import", dataPath("images", "debian.tar"), reference]);
  },
};

const make: Record<Repository, Recipe> = {
  "emulator/pause": fromScratch("pause/pause"),
  "emulator/metrics-server": fromScratch("metrics-server/metrics-server"),
  "emulator/external-secrets": externalSecrets,
  "emulator/python": python,
  "emulator/debian": debian,
};

/** `repository@sha256:…` of an image, built and pushed at its first use. */
export async function provideImage(repository: Repository): Promise<string> {
  const recipe = make[repository];
  const version = await recipe.tag();
  let digest = await resolveTag(repository, version);
  if (!digest) {
    const reference = `${registryAddress()}/${repository}:${version}`;
    const { userName, password } = registryCredentials();
    await docker(["login", "--username", userName, "--password-stdin", registryAddress()], {
      input: password,
    });
    await recipe.build(reference);
    await docker(["push", reference]);
    digest = await resolveTag(repository, version);
  }
  return `${registryAddress()}/${repository}@${digest}`;
}
