// The Docker engine that builds images: a daemon of the emulator's own, apart from any that the machine has.
import { mkdirSync, rmSync } from "node:fs";
import { dataPath } from "./instance.ts";
import { isRunning, run, startProcess, stopProcess, waitUntil } from "./processes.ts";
import { registryAddress } from "./registry.ts";

const serviceName = "dockerd";

const socket = (): string => `unix://${dataPath("docker", "run", "docker.sock")}`;

let client: Promise<string> | undefined;

/** From version 23 on, the client builds with BuildKit only through its buildx plugin. */
async function findClient(): Promise<string> {
  for (const candidate of ["docker", "/usr/bin/docker"]) {
    const version = await run(candidate, ["--version"]).catch(() => "");
    const major = Number(/version (\d+)\./.exec(version)?.[1] ?? 0);
    if (major > 0 && major < 23) return candidate;
    if (major >= 23 && (await run(candidate, ["buildx", "version"]).catch(() => ""))) return candidate;
  }
  throw new Error(
    "no docker client here can build with BuildKit, which takes the buildx plugin from version 23 on: " +
      "`apt-get install docker.io docker-buildx`, or docker-buildx-plugin from Docker's own repository",
  );
}

/** The docker client, and the environment in which it talks to the emulator's daemon. */
export async function dockerClient(): Promise<{ program: string; env: NodeJS.ProcessEnv }> {
  client ??= findClient();
  const env = {
    PATH: process.env.PATH,
    HOME: dataPath("docker"),
    DOCKER_HOST: socket(),
    DOCKER_BUILDKIT: "1",
    DOCKER_CONFIG: dataPath("docker", "config"),
  };
  return { program: await client, env };
}

/** Runs the docker client against the emulator's daemon. `config` is a folder with a config.json of its own. */
export async function docker(
  args: string[],
  options: { config?: string; input?: string } = {},
): Promise<string> {
  const { program, env } = await dockerClient();
  return run(program, args, {
    input: options.input,
    env: { ...env, DOCKER_CONFIG: options.config ?? env.DOCKER_CONFIG },
  });
}

export async function startDocker(): Promise<void> {
  // A daemon that was killed leaves pid files and sockets, and waits for their owners.
  if (!isRunning(serviceName)) rmSync(dataPath("docker", "run"), { recursive: true, force: true });
  mkdirSync(dataPath("docker", "run"), { recursive: true });
  startProcess(serviceName, "unshare", [
    ...["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--mount-proc"],
    ...[
      "dockerd",
      "--host",
      socket(),
      "--data-root",
      dataPath("docker", "data"),
      "--exec-root",
      dataPath("docker", "run"),
    ],
    ...["--pidfile", dataPath("docker", "run", "docker.pid"), "--insecure-registry", registryAddress()],
    // Builds use the host's network, and nothing else runs here: no bridge, no firewall rules.
    ...["--bridge", "none", "--iptables=false", "--ip6tables=false", "--log-level", "warn"],
  ]);
  await waitUntil("the Docker engine", serviceName, async () => (await docker(["version"])) !== "");
}

export const stopDocker = (): Promise<void> => stopProcess(serviceName, "SIGKILL");
