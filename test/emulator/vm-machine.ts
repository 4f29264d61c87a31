// A VM with Docker, as somebody deploys to it by vm/publish.sh and vm/deliver.sh. `ssh` is a command that runs what it
// is given there, and `docker` the emulator's client: the scripts themselves are those of the checkout.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { basename, delimiter, dirname, join } from "node:path";
import { docker, dockerClient } from "../../emulator/engines/docker.ts";
import { provideImage } from "../../emulator/engines/images.ts";
import { dataPath } from "../../emulator/engines/instance.ts";
import {
  pushImage,
  registryAddress,
  registryCredentials,
  resolveTag,
} from "../../emulator/engines/registry.ts";
import { inVm, startVm, vmAddress, vmPath, vmShell } from "../../emulator/engines/vm.ts";
import { provide } from "../../emulator/toolchain/toolchain.ts";
import { compose, servers } from "../../emulator/toolchain/vm-parts.ts";
import { edit, program } from "./machine.ts";

const repository = dirname(dirname(import.meta.dirname));
export const stack = "prod";
const host = "orders.localhost";
export const folder = "/opt/orders";

/** What stands in for Docker Hub's `postgres` and `caddy`. */
let serversImage: string;

export async function prepareVm(): Promise<void> {
  for (const part of [compose, servers]) await provide(part, () => undefined);
  for (const name of ["vm", "plan"]) {
    cpSync(join(repository, name), join(program, name), { recursive: true });
  }
  const base = await provideImage("emulator/python");
  await pull(base);
  edit(`Pulumi.${stack}.yaml`, (text) =>
    text.replace(/(imageBase:) .*/, `$1 ${base}`).concat(
      `  fastapi-eks:appAllowedHosts: ["${host}"]\n`,
      // A machine that is busy with other tests takes its time.
      "  fastapi-eks:databaseCommandTimeoutSeconds: 10\n",
    ),
  );
  serversImage = await pushServers();
  await startVm();
}

/** A person's Docker would get it from Docker Hub, without anybody's password. */
async function pull(base: string): Promise<void> {
  const { userName, password } = registryCredentials();
  await docker(["login", "--username", userName, "--password-stdin", registryAddress()], { input: password });
  await docker(["pull", "--quiet", base]);
  await docker(["logout", registryAddress()]);
}

async function pushServers(): Promise<string> {
  const name = "emulator/servers";
  const file = dataPath("images", "servers.tar");
  const tag = basename(dirname(readlinkSync(file)));
  if (!(await resolveTag(name, tag))) {
    const path = "/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    await pushImage(name, tag, [file], { Env: [`PATH=${path}`], Entrypoint: ["/entrypoint"] });
  }
  return `${registryAddress()}/${name}@${await resolveTag(name, tag)}`;
}

interface Ran {
  code: number;
  output: string;
}

/** A command of a person's, or of a workflow's, with the registry's password as its input. */
async function command(name: string, ...args: string[]): Promise<Ran> {
  const bin = join(program, "bin");
  mkdirSync(bin, { recursive: true });
  const client = await dockerClient();
  const script = (path: string, ...lines: string[]) =>
    writeFileSync(join(bin, path), `#!/usr/bin/env bash\n${lines.join("\n")}\n`, { mode: 0o755 });
  // Not itself, where the client is the first on PATH.
  script("docker", `PATH=\${PATH#*:} exec ${client.program} "$@"`);
  script("ssh", `exec ${vmShell().join(" ")} bash -c 'sudo() { "$@"; };'"\${*:2}"`);
  const env = { ...process.env, ...client.env, PATH: [bin, process.env.PATH].join(delimiter) };
  return new Promise((resolve) => {
    const child = execFile(name, args, { cwd: program, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
    child.stdin?.end(registryCredentials().password);
  });
}

function expectSuccess({ code, output }: Ran): string {
  if (code !== 0) throw new Error(output);
  return output;
}

/** Builds the image of the program's source as it is now. */
export async function publish(): Promise<string> {
  const { base = "", source = "" } = Object.fromEntries(
    expectSuccess(await command(process.execPath, "vm/build-inputs.ts", stack))
      .split("\n")
      .map((line) => line.split(/=(.*)/)),
  );
  const target = [`${registryAddress()}/orders`, registryCredentials().userName];
  const output = expectSuccess(
    await command("bash", "vm/publish.sh", source, base, ...target, "--network", "host"),
  );
  return /^\S+@sha256:[0-9a-f]{64}$/m.exec(output)?.[0] ?? output;
}

export const render = async (of: string, image: string): Promise<string> =>
  expectSuccess(await command(process.execPath, "vm/main.ts", of, image));

/** Renders a release of the image, lets a test change it, and brings it to the VM. */
export async function deploy(
  image: string,
  change: (release: string) => void = () => undefined,
): Promise<Ran> {
  await render(stack, image);
  const release = join(program, "vm-output", stack);
  const env = readFileSync(join(release, ".env"), "utf8");
  writeFileSync(
    join(release, ".env"),
    env.replace(/^(POSTGRES_IMAGE|CADDY_IMAGE)=.*$/gm, `$1=${serversImage}`),
  );
  change(release);
  const login = [registryAddress(), registryCredentials().userName];
  return command("bash", "vm/deliver.sh", "vm.example", release, ...login);
}

/** In the release that serves. */
export const dockerCompose = (...args: string[]): Promise<string> =>
  inVm("docker", "compose", "--project-directory", `${folder}/current`, ...args);

// biome-ignore lint/suspicious/noExplicitAny: what Docker says of a container.
export const inspect = async (service: string): Promise<any> =>
  JSON.parse(await inVm("docker", "inspect", `orders-${service}-1`))[0];

interface Answer {
  status: number;
  body: string;
}

/** Through the proxy, which it knows by the proxy's own authority. */
export function ask(path: string, method = "GET", body?: unknown): Promise<Answer> {
  const ca = readFileSync(vmPath("orders/data/proxy/caddy/pki/authorities/local/root.crt"));
  const options = {
    host: vmAddress(),
    servername: host,
    path,
    method,
    ca,
    headers: { host, "content-type": "application/json" },
    agent: false,
    timeout: 70_000,
  } as const;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Runs `work` while requests come; returns those that failed, and the longest that one waited. */
export async function underRequests<T>(work: () => Promise<T>) {
  const failures: string[] = [];
  let [requests, longest, working] = [0, 0, true];
  const client = async (method: string, body?: unknown) => {
    while (working) {
      const start = Date.now();
      const expected = method === "GET" ? 200 : 201;
      const answer = await ask("/orders", method, body).catch((error) => ({
        status: 0,
        body: String(error),
      }));
      requests++;
      longest = Math.max(longest, Date.now() - start);
      // Until 2.11.2, Caddy loses the body of a request that waits (caddyserver/caddy#7547): Debian's does, the pinned one not.
      const isLost = method === "POST" && answer.status === 502 && answer.body === "";
      if (answer.status !== expected && !isLost) failures.push(`${method}: ${answer.status} ${answer.body}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const { service } = await import("../../service.ts");
  const clients = [client("GET"), client("POST", service.request?.body)];
  try {
    return { result: await work(), failures, counts: () => ({ requests, longest }) };
  } finally {
    working = false;
    await Promise.all(clients);
  }
}
