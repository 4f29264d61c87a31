import { describe, expect, test } from "vitest";
import { program, type Recording, reveal } from "../harness.ts";

const sqlite = async (stack = "prod", options = {}) =>
  (await program(stack, { ...options, database: "sqlite" }))[0];

const workloads: [kind: string, pod: (recording: Recording) => Pod][] = [
  ["pod", (recording) => recording.get("app-pod").inputs.spec.template],
  ["migration", (recording) => recording.get("migration-job").inputs.spec.template],
  ["backup", (recording) => recording.get("backup-hourly").inputs.spec.jobTemplate.spec.template],
];

// biome-ignore lint/suspicious/noExplicitAny: a pod's template, whose shape these tests are about.
type Pod = any;

test("there is one pod, no server, nothing that scales, and no alarm of what isn't there", async () => {
  const types = (await sqlite()).resources.map(({ type }) => type);
  for (const type of [/^aws:rds/, /metricAlarm/, /RandomPassword/, /Autoscaler/, /Budget/, /Deployment/])
    expect(types.filter((name) => type.test(name))).toEqual([]);
  expect(types.filter((name) => name === "kubernetes:apps/v1:StatefulSet")).toHaveLength(1);
});

test("of PostgreSQL's program nothing is SQLite's", async () => {
  const [recording] = await program("prod");
  const types = recording.resources.map(({ type }) => type);
  expect(types.filter((type) => /s3|PersistentVolume|StorageClass|CronJob|StatefulSet/.test(type))).toEqual(
    [],
  );
  expect(recording.get("orders-settings").inputs.data).not.toHaveProperty("APP_DATABASE_FILE");
});

describe("the order", () => {
  test.each([true, false])(
    "with preview = %s: the pod is deleted before its Job, and made after it",
    async (preview) => {
      const recording = await sqlite("prod", { preview });
      const [job, pod] = [recording.get("migration-job"), recording.get("app-pod")];
      expect(job.deleteBeforeReplace).toBe(true);
      // The engine deletes first what uses an output of what it deletes, and would be replaced by another value of it.
      expect(pod.usesOutputsOf).toContain(job.urn);
      expect(recording.resources.filter((r) => r.usesOutputsOf.includes(job.urn))).toEqual([pod]);
    },
  );

  test("another Job is another selector, which nobody may change, and the Service keeps its own", async () => {
    const recording = await sqlite();
    const { metadata, spec } = recording.get("app-pod").inputs;
    const job = recording.get("migration-job");
    expect(spec.selector.matchLabels.migration).toMatch(/^migration-job-/);
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    expect(job.inputs.spec.template.metadata.labels).not.toHaveProperty("migration");
    const { selector } = recording.get("app-service").inputs.spec;
    expect(selector).toEqual({ "app.kubernetes.io/name": "orders" });
    expect(metadata).toMatchObject({ name: "orders", labels: selector });
    expect(spec.replicas).toBe(1);
  });
});

describe("the volume", () => {
  test.each([
    ["prod", "Retain", true, "100Gi"],
    ["dev", "Delete", false, "20Gi"],
  ])("of %s has the policy %s", async (stack, policy, isKept, storage) => {
    const recording = await sqlite(stack);
    const storageClass = recording.get("orders-file-class").inputs;
    expect(storageClass).toMatchObject({
      provisioner: "ebs.csi.eks.amazonaws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: policy,
    });
    const claim = recording.get("orders-file-claim");
    expect(claim.protect).toBe(isKept);
    expect(claim.inputs.spec).toMatchObject({
      accessModes: ["ReadWriteOnce"],
      storageClassName: storageClass.metadata.name,
      resources: { requests: { storage } },
    });
    // Another class must not replace the claim.
    expect(claim.usesOutputsOf).not.toContain(recording.get("orders-file-class").urn);
  });

  test.each(workloads)("is the %s's, who shares it with the others", async (kind, pod) => {
    const { metadata, spec } = pod(await sqlite());
    const [volume] = spec.volumes.filter((one: Pod) => one.persistentVolumeClaim);
    expect(volume.persistentVolumeClaim).toEqual({ claimName: "orders-database" });
    expect(spec.containers[0].volumeMounts).toContainEqual(
      expect.objectContaining({ name: volume.name, mountPath: "/var/lib/database" }),
    );
    const { requiredDuringSchedulingIgnoredDuringExecution: must, ...may } = spec.affinity.podAffinity;
    // A backup that hangs must not keep the others from another node.
    expect(must !== undefined).toBe(kind === "backup");
    const [term] = must ?? [may.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm];
    expect(term.topologyKey).toBe("kubernetes.io/hostname");
    expect(metadata.labels).toMatchObject(term.labelSelector.matchLabels);
    expect(spec.securityContext).toMatchObject({ fsGroup: 10001, runAsNonRoot: true });
    expect(spec.securityContext.seLinuxOptions.level).toMatch(/^s0:c\d+,c\d+$/);
  });

  test("has one SELinux level and one label for all", async () => {
    const recording = await sqlite();
    const shared = workloads.map(([, pod]) => {
      const { metadata, spec } = pod(recording);
      return [metadata.labels["database-claim"], spec.securityContext.seLinuxOptions.level];
    });
    expect(new Set(shared.map((one) => JSON.stringify(one))).size).toBe(1);
  });
});

test("the service is told of a file, and of no host, user, password or authority", async () => {
  const recording = await sqlite();
  const { data } = recording.get("orders-settings").inputs;
  expect(data).toMatchObject({
    APP_DATABASE_FILE: "/var/lib/database/orders.db",
    APP_DATABASE_POOL_SIZE: "10",
    APP_DATABASE_COMMAND_TIMEOUT_SECONDS: "2",
  });
  const database = Object.keys(data).filter((key) => key.startsWith("APP_DATABASE_"));
  expect(database).toHaveLength(3);
  expect(recording.resources.map(({ name }) => name)).not.toContain("orders-credentials");
});

describe("the backup", () => {
  test("runs each hour, never twice at once, and ends before the next", async () => {
    const { spec } = (await sqlite()).get("backup-hourly").inputs;
    expect(spec).toMatchObject({ schedule: "17 * * * *", concurrencyPolicy: "Forbid" });
    expect(spec.jobTemplate.spec.activeDeadlineSeconds).toBeLessThan(3600);
  });

  test("may put objects below the service's name, and nothing else", async () => {
    const recording = await sqlite();
    const policy = JSON.parse(String(reveal(recording.get("backup", "RolePolicy").inputs.policy)));
    expect(policy.Statement).toEqual([
      { Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::backup-bucket/orders/*" },
    ]);
    const env = recording.get("backup-hourly").inputs.spec.jobTemplate.spec.template.spec.containers[0].env;
    expect(Object.fromEntries(env.map(({ name, value }: Pod) => [name, value]))).toEqual({
      BACKUP_FILE: "/var/lib/database/orders.db",
      BACKUP_BUCKET: "backup-bucket",
      BACKUP_PREFIX: "orders/",
      AWS_REGION: "eu-central-1",
    });
    const identity = recording.get("backup-identity").inputs;
    expect(identity.serviceAccount).toBe("orders-backup");
    expect(recording.get("orders-identity").inputs.serviceAccount).toBe("orders");
  });

  test("goes to a bucket that is closed, encrypted, versioned, and forgets after the retention", async () => {
    const recording = await sqlite();
    expect(recording.get("backup-access").inputs).toMatchObject({ restrictPublicBuckets: true });
    expect(recording.get("backup-versions").inputs.versioningConfiguration.status).toBe("Enabled");
    expect(JSON.stringify(recording.get("backup-encryption").inputs)).toContain("AES256");
    expect(String(recording.get("backup-tls").inputs.policy)).toContain("aws:SecureTransport");
    expect(recording.get("backup-retention").inputs.rules[0].expiration).toEqual({ days: 14 });
  });

  test.each([
    ["prod", true, false],
    ["dev", false, true],
  ])("of %s is kept: %s", async (stack, isProtected, forceDestroy) => {
    const recording = await sqlite(stack);
    const bucket = recording.get("backup-bucket");
    expect(bucket.protect).toBe(isProtected);
    expect(bucket.inputs.forceDestroy).toBe(forceDestroy);
    const guards = ["access", "versions", "encryption", "tls", "retention"];
    const kept = [bucket, ...guards.map((guard) => recording.get(`backup-${guard}`))];
    expect(kept.map(({ retainOnDelete }) => retainOnDelete)).toEqual(kept.map(() => isProtected));
  });
});

test("a preview names what the stack has set for nothing", async () => {
  const { warnings } = await sqlite("dev", { preview: true });
  const [idle = ""] = warnings.filter((warning) => warning.includes("without effect"));
  expect(idle).toMatch(
    /^databaseInstanceClass, databaseMultiAz, appMinReplicas, appMaxReplicas: without effect/,
  );
  expect((await program("dev", { preview: true }))[0].warnings.join()).not.toContain("without effect");
});

test("what only a server or many pods need isn't asked for", async () => {
  const set = { appMinReplicas: 1, databasePoolSize: 100, databaseMaxStorageGiB: 10 };
  expect((await sqlite("prod", { set })).ofType("kubernetes:apps/v1:StatefulSet")).toHaveLength(1);
  await expect(program("prod", { set })).rejects.toThrow(
    /appMinReplicas.*connections.*databaseMaxStorageGiB/s,
  );
});
