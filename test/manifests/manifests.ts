// The manifests of both stacks, as `npm run plan` renders them, and what may be said against them.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Plan } from "../../plan/plan.ts";

const repository = dirname(dirname(import.meta.dirname));

/** Of the last one the description says SQLite; of the one before, the settings add what runs beside the service. */
export const stacks = ["dev", "prod with everything", "prod on SQLite"] as const;

const EVERYTHING = `
  fastapi-eks:poolerReplicas: 2
  fastapi-eks:appTargetRequestsInFlight: 8
`;

/** One rule that one object breaks. */
export interface Finding {
  rule: string;
  /** Kind and name. */
  object: string;
  /** What the checker says. */
  said: string;
}

/** A rule that we don't follow, and why. */
export interface Accepted {
  rule: string;
  objects: readonly string[];
  why: string;
}

/** Calls `use` with the path of a stack's manifests in one file, which is gone afterwards. */
export function withManifests<T>(of: string, use: (path: string, objects: number) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "fastapi-eks-manifests-"));
  const [stack = ""] = of.split(" ");
  try {
    const program = of === stack ? repository : changed(of, join(folder, "program"));
    const args = ["plan/main.ts", stack, "--format", "json", "--output", folder];
    execFileSync(process.execPath, args, { cwd: program });
    const { side }: Plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
    const path = join(folder, "manifests.yaml");
    writeFileSync(path, side.manifests.map(({ yaml }) => known(yaml)).join("---\n"));
    return use(path, side.manifests.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const notSource = /^(node_modules|emulator|test|\.)/;

/** A copy of the program, of which one word is another, or with more settings. */
function changed(of: string, folder: string): string {
  const isSource = (path: string) => !notSource.test(relative(repository, path));
  cpSync(repository, folder, { recursive: true, filter: isSource });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(join(folder, file), change(readFileSync(join(repository, file), "utf8")));
  if (of.endsWith("SQLite")) edit("service.ts", (text) => text.replace('"postgresql"', '"sqlite"'));
  else edit("Pulumi.prod.yaml", (text) => text.trimEnd() + EVERYTHING);
  return folder;
}

/** What a plan can't know has the form it will have. */
function known(yaml: string): string {
  return yaml
    .replace(/\$\{([\w-]+)\.repoDigest\}/g, `registry.example.com/$1@sha256:${"0".repeat(64)}`)
    .replace(/\$\{([\w-]+)\.metadata\.name\}/g, "$1")
    .replace(/\$\{([\w-]+)\.(\w+)\}/g, "$1-$2");
}

export function notAccepted(findings: Finding[], accepted: readonly Accepted[]): Finding[] {
  return findings.filter(
    ({ rule, object }) => !accepted.some((one) => one.rule === rule && one.objects.includes(object)),
  );
}

/** Acceptances that match nothing any more, each as `rule object`. */
export function outdated(findings: Finding[], accepted: readonly Accepted[]): string[] {
  const found = new Set(findings.map(({ rule, object }) => `${rule} ${object}`));
  return accepted
    .flatMap(({ rule, objects }) => objects.map((object) => `${rule} ${object}`))
    .filter((one) => !found.has(one));
}

/** What no checker may pass over. */
export const CARELESS = `apiVersion: v1
kind: Pod
metadata:
  name: careless
spec:
  containers:
    - name: careless
      image: nginx
      securityContext:
        privileged: true
`;
