import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { program, type Recording, reveal } from "../harness.ts";

const prod = async (set: Record<string, unknown> = {}) => (await program("prod", { set }))[0];

const both = (recording: Recording) => {
  const spec = (name: string) => reveal(reveal(recording.get(name).inputs.spec).template).spec;
  return [spec("migration-job"), spec("app-deployment")];
};

test("migration and app run in the same pod, but for what they do, when they stop and who logs in", async () => {
  const [migration, app] = both(await prod());
  const own = ["name", "command", "terminationMessagePolicy", "ports", "lifecycle"].concat(
    ["startupProbe", "livenessProbe", "readinessProbe"],
    ["containers", "restartPolicy", "terminationGracePeriodSeconds", "topologySpreadConstraints"],
    ["initContainers", "volumes", "env"],
  );
  const shared = (spec: object) =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !own.includes(key)));
  expect(shared(migration)).toEqual(shared(app));
  const isShared = ({ name }: { name: string }) =>
    !["credentials", "migration-script"].includes(name) && !name.startsWith("login-");
  expect(migration.volumes.filter(isShared)).toEqual(app.volumes.filter(isShared));
  const ofScript = { name: "migration-script", mountPath: "/etc/migration", readOnly: true };
  const [{ args, ...container }] = migration.containers;
  const [serving] = app.containers;
  const byName = (mounts: { name: string }[]) => mounts.toSorted((a, b) => a.name.localeCompare(b.name));
  expect(shared({ ...container, volumeMounts: byName(container.volumeMounts) })).toEqual(
    shared({ ...serving, volumeMounts: byName([...serving.volumeMounts, ofScript]) }),
  );
  expect(migration.containers).toHaveLength(1);
});

test("pods meet Pod Security's `restricted`, which the namespace enforces", async () => {
  const recording = await prod();
  for (const pod of both(recording)) {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
  }
  expect(recording.get("orders-namespace").inputs.metadata.labels).toEqual({
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  });
});

test("pods run the image by digest and know which", async () => {
  for (const { containers } of both(await prod())) {
    expect(containers[0].image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(containers[0].env).toContainEqual({ name: "APP_IMAGE", value: containers[0].image });
    expect(containers[0].resources).toEqual({
      requests: { cpu: "200m", memory: "256Mi", "ephemeral-storage": "128Mi" },
      limits: { memory: "512Mi", "ephemeral-storage": "256Mi" },
    });
  }
});

test("settings and credentials get a new name with new content, so that pods roll", async () => {
  const recording = await prod();
  for (const name of [
    "orders-settings",
    "orders-authorities",
    "orders-credentials",
    "orders-owner-credentials",
  ]) {
    const { inputs, deleteBeforeReplace } = recording.get(name);
    expect([inputs.immutable, inputs.metadata.name, deleteBeforeReplace]).toEqual([true, undefined, false]);
  }
  for (const { containers, volumes } of both(recording)) {
    expect(containers[0].envFrom).toEqual([
      { configMapRef: { name: expect.stringMatching(/^orders-settings-\w{7}$/) } },
    ]);
    expect(volumes).toContainEqual({
      name: "credentials",
      secret: { secretName: expect.stringMatching(/^orders-(owner-)?credentials-\w{7}$/) },
    });
    // As app/src/orders/settings.py has it.
    const mountPath = "/run/secrets/orders";
    expect(containers[0].volumeMounts).toContainEqual({ name: "credentials", mountPath, readOnly: true });
  }
});

test("the service is told everything but its login by the ConfigMap", async () => {
  const recording = await prod({ appAllowedHosts: ["orders.example.com"] });
  expect(recording.get("orders-settings").inputs.data).toEqual({
    APP_ENVIRONMENT: "prod",
    APP_LOG_LEVEL: "INFO",
    APP_DOCS: "false",
    APP_ALLOWED_HOSTS: "orders.example.com,orders,orders.orders,orders.orders.svc.cluster.local,localhost",
    APP_PORT: "8000",
    APP_WORKERS: "1",
    APP_REQUEST_TIMEOUT_SECONDS: "20",
    APP_GRACEFUL_TIMEOUT_SECONDS: "25",
    APP_KEEP_ALIVE_SECONDS: "75",
    APP_DATABASE_NAME: "orders",
    APP_DATABASE_CA_FILE: "/etc/database-ca/ca.pem",
    APP_DATABASE_POOL_SIZE: "10",
    APP_DATABASE_MAX_OVERFLOW: "0",
    APP_DATABASE_POOL_PRE_PING: "true",
    APP_DATABASE_POOL_RECYCLE_SECONDS: "1800",
    APP_DATABASE_CONNECT_TIMEOUT_SECONDS: "3",
    APP_DATABASE_COMMAND_TIMEOUT_SECONDS: "2",
    APP_MIGRATION_STATEMENT_TIMEOUT_MS: "100000",
  });
  expect(Object.keys(reveal(recording.get("orders-credentials").inputs.stringData))).toEqual([
    "APP_DATABASE_PASSWORD",
  ]);
});

test("the authorities are Amazon's, readable, and where the service looks", async () => {
  const recording = await prod();
  const bundle: string = recording.get("orders-authorities").inputs.data["ca.pem"];
  const subjects = bundle
    .split(/(?<=-----END CERTIFICATE-----)/)
    .filter((pem) => pem.trim())
    .map((pem) => new X509Certificate(pem).subject);
  expect(subjects.filter((subject) => subject.includes("Amazon RDS eu-central-1"))).not.toEqual([]);
  const [{ containers }] = both(recording);
  expect(containers[0].volumeMounts).toContainEqual({
    name: "authorities",
    mountPath: "/etc/database-ca",
    readOnly: true,
  });
});
