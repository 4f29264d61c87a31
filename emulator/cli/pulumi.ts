// Runs the real Pulumi CLI against the emulated AWS.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { zones } from "../aws/route53.ts";
import { provideImage } from "../engines/images.ts";
import { dataPath } from "../engines/instance.ts";
import { certificateAuthorityFile } from "../engines/postgres.ts";
import { provideExternalSecrets } from "./external-secrets.ts";
import { holdFor } from "./lock.ts";

const repository = dirname(dirname(import.meta.dirname));

/** The program that is run: this one, unless a test has changed a copy of it. */
const program = (): string => process.env.FASTAPI_EKS_EMULATOR_PROGRAM ?? repository;

/** Stacks that have a settings file. */
const stacks = (): string[] =>
  readdirSync(program()).flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1] ?? []);

const projectFolder = (): string => dataPath("project");
const temporaryFolder = (): string => dataPath("tmp");

/** Pulumi's Kubernetes provider and language host leave these behind at every run. */
function removeLeftovers(): void {
  const leftovers = readdirSync(temporaryFolder()).filter((name) => /^(kubeconfig|pulumi-)/.test(name));
  for (const name of leftovers) rmSync(join(temporaryFolder(), name), { recursive: true });
}

function passphrase(): string {
  const file = dataPath("passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function readYaml(file: string): Record<string, unknown> {
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) ?? {}) : {};
}

const projectFile = () => readYaml(join(program(), "Pulumi.yaml"));

/** Of a flag in a stack file, which may be in quotes. */
const isOn = (flag: unknown): boolean => String(flag) === "true";

/** A stack that says nothing of a load balancer has one here, to be asked through. */
function loadBalancer(stack: string, given: Record<string, unknown>): Record<string, string | number> {
  if ("loadBalancerScheme" in given) return {};
  const zone = zones[0]?.name ?? "";
  return {
    ...{
      loadBalancerScheme: "internet",
      loadBalancerDomain: `${stack}.${zone}`,
      loadBalancerHostedZone: zone,
    },
    // A stack without one has nothing to deregister from. These are the least that the program takes with one.
    ...(given.appDeregistrationSeconds === 0 && {
      ...{ appDeregistrationSeconds: 20, appPreStopSeconds: 30, appTerminationGracePeriodSeconds: 60 },
    }),
  };
}

/**
 * What can't be the same here as on AWS: Docker Hub and GitHub's registry aren't reached, and Amazon's key for database
 * certificates is Amazon's.
 * @param config the stack's own
 */
async function emulatedSettings(
  stack: string,
  config: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { name, config: known } = projectFile() as { name: string; config?: Record<string, unknown> };
  // A program that reads this one's outputs has settings of its own.
  if (!known?.imageBase) return {};
  const own = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(`${name}:`, ""), value]),
  );
  const settings = {
    imageBase: await provideImage("emulator/python"),
    databaseCaBundle: certificateAuthorityFile(),
    // Made where they are used.
    ...(own.poolerReplicas ? { poolerBase: await provideImage("emulator/debian") } : {}),
    ...(isOn(own.externalSecrets) ? { externalSecretsChart: await provideExternalSecrets() } : {}),
    ...(known.loadBalancerScheme ? loadBalancer(stack, own) : {}),
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${name}:${key}`, value]));
}

/**
 * Writes the project that the engine sees: the checkout's program and stack files, with the emulator's settings laid
 * over. It stands outside the checkout because Pulumi writes its encryption salt into stack files.
 */
async function writeProject(): Promise<void> {
  const folder = projectFolder();
  mkdirSync(folder, { recursive: true });
  mkdirSync(dataPath("state"), { recursive: true });
  mkdirSync(temporaryFolder(), { recursive: true, mode: 0o700 });
  const project = projectFile();
  const emulated = ["aws", "docker", "random", "tls"].map((name) => ({
    name,
    path: join(repository, "emulator", "bin"),
  }));
  const providers = [...emulated, { name: "kubernetes", path: dataPath("bin") }];
  const main = join(program(), project.main as string);
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, main, plugins: { providers } }));
  for (const stack of stacks()) {
    const { config, ...rest } = readYaml(join(program(), `Pulumi.${stack}.yaml`));
    const file = join(folder, `Pulumi.${stack}.yaml`);
    const { encryptionsalt } = readYaml(file);
    const settings = await emulatedSettings(stack, (config ?? {}) as Record<string, unknown>);
    writeFileSync(
      file,
      stringify({ ...rest, config: { ...(config as object), ...settings }, encryptionsalt }),
    );
  }
}

function regionOf(stack: string): string {
  const { config } = readYaml(join(program(), `Pulumi.${stack}.yaml`)) as {
    config?: Record<string, string>;
  };
  const region = config?.["aws:region"] ?? process.env.AWS_REGION;
  if (!region)
    throw new Error(`Pulumi.${stack}.yaml sets no aws:region; add for instance \`aws:region: eu-central-1\``);
  return region;
}

/**
 * Of AWS nothing but the region reaches a program: no credentials, endpoints or roles, be they in variables, in the
 * person's ~/.aws or the machine's own.
 */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(environment).filter(([name]) => !name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(others),
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The environment of every program that the emulator runs; it decides which plugins the engine finds. */
export function emulatedEnvironment(stack: string): NodeJS.ProcessEnv {
  return {
    ...withoutAws(process.env),
    PATH: [dataPath("bin"), join(repository, "emulator", "bin"), process.env.PATH].join(delimiter),
    AWS_REGION: regionOf(stack),
    PULUMI_HOME: dataPath("pulumi"),
    TMPDIR: temporaryFolder(),
    PULUMI_BACKEND_URL: `file://${dataPath("state")}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase(),
    // Makes `--event-log` available.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

export interface PulumiResult {
  code: number;
  output: string;
}

function execute(args: string[], env: NodeJS.ProcessEnv, show: boolean): Promise<PulumiResult> {
  const child = spawn(dataPath("bin", "pulumi"), ["--cwd", projectFolder(), ...args], {
    env,
    stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  if (child.pid) holdFor(child.pid);
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  // Both are Pulumi's to answer, by finishing what it has begun. Ctrl+C reaches it by itself.
  const ignore = () => undefined;
  const forward = () => child.kill("SIGTERM");
  process.on("SIGINT", ignore).on("SIGTERM", forward);
  return new Promise<PulumiResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  }).finally(() => process.off("SIGINT", ignore).off("SIGTERM", forward));
}

/** Runs a Pulumi command on `stack`, made at its first use. With `show` the terminal is the command's, and `output` empty. */
export async function pulumi(stack: string, args: string[], show: boolean): Promise<PulumiResult> {
  await writeProject();
  // Whoever held a stack's lock is gone: the instance's own lock is ours, and outlasts no Pulumi.
  rmSync(dataPath("state", ".pulumi", "locks"), { recursive: true, force: true });
  const env = emulatedEnvironment(stack);
  if (!existsSync(dataPath("state", ".pulumi", "stacks", projectFile().name as string, `${stack}.json`))) {
    const created = await execute(["stack", "init", stack], env, false);
    if (created.code !== 0) return created;
  }
  return execute(args, { ...env, PULUMI_STACK: stack }, show).finally(removeLeftovers);
}
