// What has to be true of this machine before the emulator touches it.
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { dataPath } from "../engines/instance.ts";
import { run } from "../engines/processes.ts";
import { parts } from "../toolchain/parts.ts";
import { cacheFolder, isMissing } from "../toolchain/toolchain.ts";

/** Each program, and the Debian package that brings it. */
const programs: Record<string, string> = {
  containerd: "containerd",
  debootstrap: "debootstrap",
  "docker-registry": "docker-registry",
  dockerd: "docker.io",
  etcd: "etcd-server",
  haproxy: "haproxy",
  conntrack: "conntrack",
  ip: "iproute2",
  iptables: "iptables",
  runc: "runc",
  setpriv: "util-linux",
};
const networkPlugins = { file: "/usr/lib/cni/bridge", package: "containernetworking-plugins" };

const credentials = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** The emulated provider must never be the one that a real account's keys reach, or the other way round. */
export function refuseCredentials(): void {
  const present = credentials.filter((name) => process.env[name]);
  if (present.length > 0) {
    const unset = present.map((name) => `-u ${name}`).join(" ");
    throw new Error(
      `${present.join(", ")} is set: the emulator doesn't run with access to a real AWS account. ` +
        `Unset it (\`env ${unset} npm start\`), or run \`pulumi up\` itself to deploy to that account.`,
    );
  }
}

const isInstalled = (program: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

function missingPackages(): string[] {
  const missing = Object.entries(programs)
    .filter(([program]) => !isInstalled(program))
    .map(([, name]) => name);
  if (!existsSync(networkPlugins.file)) missing.push(networkPlugins.package);
  return [...new Set(missing)];
}

export function checkMachine(): void {
  if (process.platform !== "linux") {
    throw new Error(
      `the emulator runs a Kubernetes node in Linux namespaces; this is ${process.platform}. Use a Linux machine or VM.`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Error("the emulator makes network namespaces and mounts, which takes root: `sudo npm start`");
  }
}

interface Disk {
  device: number;
  freeGiB: number;
}

/** The disk of a folder, which may not be there yet. */
function diskOf(folder: string): Disk {
  if (!existsSync(folder)) return diskOf(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return { device: statSync(folder).dev, freeGiB: (bavail * bsize) / 2 ** 30 };
}

/** What is wrong with the first disk that has less room than its folders need together. */
export function diskProblem(
  needs: { folder: string; needGiB: number }[],
  disk: (folder: string) => Disk,
): string | undefined {
  for (const onDisk of Map.groupBy(needs, ({ folder }) => disk(folder).device).values()) {
    const need = onDisk.reduce((sum, { needGiB }) => sum + needGiB, 0);
    const folders = onDisk.map(({ folder }) => folder);
    const { freeGiB } = disk(folders[0] as string);
    if (freeGiB < need) {
      return `${freeGiB.toFixed(1)} GiB are free for ${folders.join(", ")}; the emulator needs ${need} GiB there`;
    }
  }
  return undefined;
}

/** Most is needed once, for what must be built: Go's caches are in the home folder. */
export async function checkDisk(): Promise<void> {
  const mustBuild = (await Promise.all(parts.map(isMissing))).includes(true);
  const building = [
    { folder: cacheFolder, needGiB: 1 },
    { folder: homedir(), needGiB: 8 },
  ];
  const problem = diskProblem([{ folder: dataPath(), needGiB: 3 }, ...(mustBuild ? building : [])], diskOf);
  if (!problem) return;
  throw new Error(
    `${problem}. What can go: parts of earlier versions in ${cacheFolder} (what is needed is built again), ` +
      "Go's caches (`go clean -cache -modcache`), and an instance's images and data (`npm run reset`). " +
      "FASTAPI_EKS_EMULATOR_CACHE moves the parts to another disk.",
  );
}

/** Debian asks this program whether an installed service may start. */
const servicePolicy = "/usr/sbin/policy-rc.d";

async function withoutServices(install: () => Promise<unknown>): Promise<void> {
  if (existsSync(servicePolicy)) {
    await install();
    return;
  }
  writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await install();
  } finally {
    rmSync(servicePolicy);
  }
}

/** Installs what is missing, without starting any of it as a system service. */
export async function installPackages(report: (progress: string) => void): Promise<string> {
  const missing = missingPackages();
  if (missing.length === 0) return "present";
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!isInstalled("apt-get"))
    throw new Error(`these are missing: ${missing.join(", ")}. On Debian: \`${command}\``);
  report(`apt-get install ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "--quiet"], { env });
  await withoutServices(() =>
    run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...missing], { env }),
  );
  return `installed ${missing.join(", ")}`;
}
