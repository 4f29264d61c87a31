import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { table } from "../../settings.ts";
import { goTool, run } from "../tools.ts";
import { acceptedOfKubeScore } from "./accepted.ts";
import { CARELESS, type Finding, notAccepted, outdated, stacks, withManifests } from "./manifests.ts";

interface Scored {
  object_name: string;
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { summary: string }[] | null;
  }[];
}

/** The grade of a check that found nothing. */
const ALL_OK = 10;

let kubeScore: string;
const found: Record<string, { findings: Finding[]; kinds: string[] }> = {};

beforeAll(() => {
  kubeScore = goTool("github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
  for (const stack of stacks) found[stack] = withManifests(stack, score);
});

test.each(stacks)("nothing against %s but what is accepted", (stack) => {
  expect(notAccepted(found[stack]?.findings ?? [], acceptedOfKubeScore)).toEqual([]);
});

test.each(stacks)("it looked at whatever of %s it has rules for", (stack) => {
  const ofPods = stack.endsWith("SQLite")
    ? ["CronJob", "StatefulSet", "NetworkPolicy"]
    : ["Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"];
  const ofPooler = ["Deployment", "PodDisruptionBudget", "Service", "NetworkPolicy"];
  const ofAdapter = ["Deployment", "Service", "NetworkPolicy"];
  const beside = stack.endsWith("everything") ? [...ofPooler, ...ofAdapter] : [];
  expect(found[stack]?.kinds.sort()).toEqual(
    [...ofPods, ...beside, "Job", "Service", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy"].sort(),
  );
});

test("every acceptance is still needed, and has a reason", () => {
  const all = Object.values(found).flatMap(({ findings }) => findings);
  expect(outdated(all, acceptedOfKubeScore)).toEqual([]);
  expect(outdated([], acceptedOfKubeScore)).not.toEqual([]);
  for (const { why } of acceptedOfKubeScore) expect(why.length).toBeGreaterThan(20);
});

test("it would find what is careless", () => {
  const folder = mkdtempSync(join(tmpdir(), "fastapi-eks-careless-"));
  writeFileSync(join(folder, "pod.yaml"), CARELESS);
  const rules = score(join(folder, "pod.yaml")).findings.map(({ rule }) => rule);
  rmSync(folder, { recursive: true });
  expect(rules).toEqual(
    expect.arrayContaining(["container-security-context-privileged", "container-image-tag"]),
  );
});

function score(path: string) {
  const version = `v${table.cluster.version.default}`;
  const args = ["score", "--kubernetes-version", version, "--output-format", "json", path];
  const { stdout, stderr } = run(kubeScore, args);
  if (!stdout.startsWith("[")) throw new Error(`kube-score: ${stderr || stdout}`);
  const objects: Scored[] = JSON.parse(stdout);
  return {
    kinds: objects.map(({ type_meta }) => type_meta.kind),
    findings: objects.flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ grade, skipped }) => grade < ALL_OK && !skipped)
        .map(({ check, comments }) => ({
          rule: check.id,
          object: `${type_meta.kind} ${object_meta.name}`,
          said: (comments ?? []).map(({ summary }) => summary).join("; "),
        })),
    ),
  };
}
