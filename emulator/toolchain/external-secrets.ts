// External Secrets Operator and its chart, for stacks that have it in their cluster: nothing that every `npm start` runs.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { go, goModule } from "./go.ts";
import type { Part } from "./toolchain.ts";

/** Of 0.x: in 1.x each provider is a module of its own, which has no version (go.mod of 1.3.2, 2026-11). */
export const externalSecretsVersion = "v0.19.2";
const module = "github.com/external-secrets/external-secrets";
const chart = "deploy/charts/external-secrets";

interface Definition {
  spec: { names: { kind: string; singular: string }; versions: { name: string }[] };
}

/** The versions of a kind that the release serves: those that its webhook converts are off by default. */
function served(definition: Definition): Definition {
  const { kind } = definition.spec.names;
  if (!/ExternalSecret|SecretStore/.test(kind)) return definition;
  const versions = definition.spec.versions.filter(({ name }) => name !== "v1alpha1");
  return { ...definition, spec: { ...definition.spec, versions } };
}

/** Kinds that the chart's values leave out. */
function condition(kind: string): string {
  const isOptional = kind.includes("Cluster") || kind.includes("PushSecret");
  return isOptional ? `and .Values.installCRDs .Values.crds.create${kind}` : ".Values.installCRDs";
}

/** The chart as the release packs it: with its kinds and its version, which the repository has not. */
function writeChart(source: string, target: string): void {
  cpSync(join(source, chart), target, { recursive: true });
  for (const unneeded of ["Chart.lock", "ci", "tests", "templates/crds"])
    rmSync(join(target, unneeded), { recursive: true });
  mkdirSync(join(target, "templates", "crds"));
  const definitions = parseAllDocuments(readFileSync(join(source, "deploy/crds/bundle.yaml"), "utf8"));
  for (const document of definitions) {
    const definition = served(document.toJS() as Definition);
    const { kind, singular } = definition.spec.names;
    // JSON, so that no reader of YAML takes a text for something else.
    const lines = [
      `{{- if ${condition(kind)} }}`,
      JSON.stringify(definition, undefined, 1),
      "{{- end }}",
      "",
    ];
    writeFileSync(join(target, "templates", "crds", `${singular}.yaml`), lines.join("\n"));
  }
  const file = join(target, "Chart.yaml");
  // Its one dependency is for another provider, and off.
  const { dependencies: _, ...description } = parse(readFileSync(file, "utf8"));
  const version = externalSecretsVersion.slice(1);
  writeFileSync(file, stringify({ ...description, version, appVersion: externalSecretsVersion }));
}

/** The operator's source, as it is but for what it compiles in: all of its providers would take far longer. */
async function prepare(source: string): Promise<void> {
  await go(source, ["mod", "download", module]);
  const [directory = ""] = await go(source, ["list", "-m", "-f", "{{.Dir}}", module]);
  writeChart(directory, join(dirname(source), "chart"));
  const copy = join(source, "operator");
  cpSync(directory, copy, { recursive: true });
  const register = (kind: string, lines: string[]) =>
    writeFileSync(
      join(copy, "pkg", kind, "register", "register.go"),
      ["package register", ...lines, ""].join("\n"),
    );
  register("provider", [`import _ "${module}/pkg/provider/aws"`]);
  register("generator", []);
  await go(source, ["mod", "edit", "-replace", `${module}=./operator`]);
}

const program = goModule("external-secrets", { "external-secrets": { package: module } }, prepare);

export const externalSecrets: Part = {
  name: "external-secrets",
  title: `External Secrets Operator ${externalSecretsVersion}`,
  minutes: 2,
  inputs: async () => [readFileSync(import.meta.filename, "utf8"), ...(await program.inputs())],
  build: program.build,
  links: { "external-secrets/external-secrets": "external-secrets", "external-secrets/chart": "chart" },
};
