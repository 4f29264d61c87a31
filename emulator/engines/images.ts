// Images that other registries would have: they can't be reached from everywhere, so the emulator makes its own.
import { copyFileSync, mkdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { docker } from "./docker.ts";
import { dataPath } from "./instance.ts";
import { registryAddress, registryCredentials, resolveTag } from "./registry.ts";

/** What EKS runs in every pod, its add-on, and what stands in for Docker Hub's `python`. */
type Repository = "emulator/pause" | "emulator/metrics-server" | "emulator/python";

/** The toolchain's folder names carry the hash of what was built. */
const tag = (file: string): string => basename(dirname(readlinkSync(dataPath(file))));

/** An image of one program and nothing else; `file` is `<folder>/<program>`. */
const fromScratch = (file: string) => ({
  file,
  build: async (reference: string) => {
    const program = basename(file);
    const context = dataPath("images", program);
    mkdirSync(context, { recursive: true });
    copyFileSync(dataPath(file), join(context, program));
    const lines = ["FROM scratch", `COPY ${program} /${program}`, `ENTRYPOINT ["/${program}"]`];
    writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
    await docker(["build", "--tag", reference, context]);
    rmSync(context, { recursive: true });
  },
});

const make: Record<Repository, { file: string; build: (reference: string) => Promise<unknown> }> = {
  "emulator/pause": fromScratch("pause/pause"),
  "emulator/metrics-server": fromScratch("metrics-server/metrics-server"),
  "emulator/python": {
    file: "images/python.tar",
    // Tools with trust stores of their own are pointed to the system's, which holds this machine's authorities.
    build: (reference) =>
      docker([
        "import",
        ...["--change", "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt"],
        ...["--change", "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
        ...["--change", 'CMD ["python3"]'],
        ...[dataPath("images", "python.tar"), reference],
      ]),
  },
};

/** `repository@sha256:…` of an image, built and pushed at its first use. */
export async function provideImage(repository: Repository): Promise<string> {
  const { file, build } = make[repository];
  let digest = await resolveTag(repository, tag(file));
  if (!digest) {
    const reference = `${registryAddress()}/${repository}:${tag(file)}`;
    const { userName, password } = registryCredentials();
    await docker(["login", "--username", userName, "--password-stdin", registryAddress()], {
      input: password,
    });
    await build(reference);
    await docker(["push", reference]);
    digest = await resolveTag(repository, tag(file));
  }
  return `${registryAddress()}/${repository}@${digest}`;
}
