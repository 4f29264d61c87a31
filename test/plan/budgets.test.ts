import { expect, test } from "vitest";
import { budgets } from "../../plan/budgets.ts";
import { budgetsSection } from "../../plan/budgets-section.ts";
import { stackConfig } from "../../plan/config.ts";
import { service } from "../../service.ts";
import { checkSettings } from "../../settings/load.ts";

/** The section of dev's settings with others on top, as text. */
function section(others: Record<string, string> = {}): string {
  const own = Object.entries(stackConfig("dev")).filter(([key]) => key.startsWith("fastapi-eks:"));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice("fastapi-eks:".length), value]));
  return JSON.stringify(budgetsSection(budgets(checkSettings({ ...raw, ...others }), service), null));
}

test("the revisions are the source's, unless the image is pinned and brings its own", () => {
  const imageDigest = `sha256:${"0".repeat(64)}`;
  expect(section()).toMatch(/\*\*Schema:\*\* (no revision|what may break the running version)/);
  expect(section({ imageDigest })).toContain(
    `**Schema:** \`imageDigest\` pins ${imageDigest}, which brings its own revisions; those of the source don't count.`,
  );
  expect(section({ imageDigest })).not.toContain("acknowledged");
});

test("connections: what the sum leaves out is said", () => {
  expect(section()).toContain("Pods that an update stops aren't counted");
  expect(section()).not.toContain("rolling update under full load");
});

test("with poolers, the connections are theirs, and what each takes of the service is said", () => {
  const pooled = section({ poolerReplicas: "2", poolerSize: "8" });
  expect(pooled).toContain(
    "2 poolers × 2 while they are replaced × 2 logins × 8 + 1 migration + 10 reserve = 75",
  );
  expect(pooled).toContain("Each pooler takes 110 connections of the service");
  expect(pooled).not.toContain("Pods that an update stops aren't counted");
});

test("connections and memory count the workers of a pod", () => {
  const workers = section({ appWorkers: "2", appMaxReplicas: "2" });
  expect(workers).toMatch(/\(2 \+ 1 surge\) × 2 workers × /);
  expect(workers).toContain("96 for one worker + 1 more × 32 = 128 MiB, of 512");
});
