import { expect, test } from "vitest";
import { program, reveal } from "../harness.ts";

const prod = async (set: Record<string, unknown> = {}) => (await program("prod", { set }))[0];

test("is a Job that ends by itself, before Pulumi gives up on it", async () => {
  const { inputs, createTimeout } = (await prod({ migrationDeadlineSeconds: 300 })).get("migration-job");
  expect(inputs.spec).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 300 });
  expect(createTimeout).toBe("360s");
});

test("PostgreSQL gives up on a statement before the Job does, and no node is saved at its cost", async () => {
  const recording = await prod({ migrationDeadlineSeconds: 300 });
  expect(recording.get("orders-settings").inputs.data.APP_MIGRATION_STATEMENT_TIMEOUT_MS).toBe("280000");
  const { metadata } = recording.get("migration-job").inputs.spec.template;
  expect(metadata.annotations).toEqual({ "karpenter.sh/do-not-disrupt": "true" });
});

test("never runs twice at once, and is tried again after a failure without anybody's help", async () => {
  const { inputs, deleteBeforeReplace } = (await prod()).get("migration-job");
  expect(deleteBeforeReplace).toBe(true);
  expect(inputs.metadata.name).toBeUndefined();
  expect(inputs.metadata.annotations).toEqual({ "pulumi.com/replaceUnready": "true" });
  expect(inputs.spec.ttlSecondsAfterFinished).toBeUndefined();
});

test("runs the description's command once a pod, and its last words reach whoever runs pulumi up", async () => {
  const pod = (await prod()).get("migration-job").inputs.spec.template.spec;
  expect(pod.restartPolicy).toBe("Never");
  expect(pod.containers[0]).toMatchObject({
    command: ["python3", "/etc/migration/run_alembic.py"],
    args: ["orders", "migrate"],
    terminationMessagePolicy: "FallbackToLogsOnError",
  });
});

test("Alembic is run by a script that knows a rollback; another tool is run as it is", async () => {
  const recording = await prod();
  const pod = recording.get("migration-job").inputs.spec.template.spec;
  const script = recording.get("migration-script");
  expect(script.inputs).toMatchObject({ immutable: true, metadata: { namespace: "orders" } });
  expect(script.inputs.data["run_alembic.py"]).toContain("Can't locate revision");
  const volume = pod.volumes.find(({ name }: { name: string }) => name === "migration-script");
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: volume.name,
    mountPath: "/etc/migration",
    readOnly: true,
  });
  expect(JSON.stringify(recording.get("app-deployment").inputs)).not.toContain("/etc/migration");

  const [other] = await program("prod", {
    service: { migrations: { command: ["orders", "migrate"], tool: "other" } },
  });
  const [container] = other.get("migration-job").inputs.spec.template.spec.containers;
  expect(container.command).toEqual(["orders", "migrate"]);
  expect(container).not.toHaveProperty("args");
  expect(other.resources.map(({ name }) => name)).not.toContain("migration-script");
});

test("no selector of the app matches its pods", async () => {
  const recording = await prod();
  const labels: Record<string, string> = recording.get("migration-job").inputs.spec.template.metadata.labels;
  const selectors = [
    recording.get("app-service").inputs.spec.selector,
    recording.get("app-budget").inputs.spec.selector.matchLabels,
    reveal(recording.get("app-deployment").inputs.spec).selector.matchLabels,
  ];
  for (const selector of selectors) {
    const matches = Object.entries(selector).every(([key, value]) => labels[key] === value);
    expect([selector, matches]).toEqual([selector, false]);
  }
});
