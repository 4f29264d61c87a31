import { expect, test } from "vitest";
import { program, reveal } from "../harness.ts";
import { PASSWORD } from "../outputs.ts";

const database = async (stack: string, set: Record<string, unknown> = {}) =>
  (await program(stack, { set }))[0];

test("in prod it is encrypted, backed up, in two zones, and protected", async () => {
  expect((await database("prod")).get("database-postgres").inputs).toMatchObject({
    engine: "postgres",
    engineVersion: "17",
    publiclyAccessible: false,
    storageEncrypted: true,
    multiAz: true,
    backupRetentionPeriod: 14,
    deletionProtection: true,
    performanceInsightsEnabled: true,
    enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
  });
});

test.each([true, false])("with protect = %s, prod's data survives the database", async (protect) => {
  const recording = await database("prod", { protect });
  expect(recording.get("database-postgres").inputs).toMatchObject({
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: "database-subnets-1a2b3c4-final",
    deleteAutomatedBackups: false,
  });
  expect(recording.get("database-key").retainOnDelete).toBe(true);
});

test("in dev nothing holds up a destroy or stays after it", async () => {
  const recording = await database("dev");
  const { inputs } = recording.get("database-postgres");
  expect(inputs).toMatchObject({
    deletionProtection: false,
    skipFinalSnapshot: true,
    deleteAutomatedBackups: true,
  });
  expect(inputs.finalSnapshotIdentifier).toBeUndefined();
  expect(recording.get("database-key").retainOnDelete).toBe(false);
  expect(recording.get("database-credentials", "secret:Secret").inputs.recoveryWindowInDays).toBe(0);
});

test("it takes TLS alone, and as many connections as the budget counts with", async () => {
  const { inputs } = (await database("dev")).get("database-parameters");
  expect(inputs.family).toBe("postgres17");
  expect(inputs.parameters).toEqual([
    { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
    expect.objectContaining({ name: "max_connections", value: "80", applyMethod: "pending-reboot" }),
  ]);
});

test("the parameters' family follows the engine, with or without a minor version", async () => {
  const recording = await database("dev", { databaseEngineVersion: "16.10" });
  expect(recording.get("database-parameters").inputs.family).toBe("postgres16");
});

test("nobody but the cluster reaches it", async () => {
  const recording = await database("prod");
  const { ingress, egress } = recording.get("database-access").inputs;
  expect([ingress, egress]).toEqual([undefined, undefined]);
  const rules = recording.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
  expect(rules.map(({ inputs }) => inputs)).toEqual([
    expect.objectContaining({
      securityGroupId: "database-access-id",
      referencedSecurityGroupId: "sg-cluster",
      fromPort: 5432,
      toPort: 5432,
      ipProtocol: "tcp",
    }),
  ]);
});

test("Secrets Manager holds all that a client needs", async () => {
  const { inputs } = (await database("prod")).get("database-credentials", "SecretVersion");
  expect(JSON.parse(reveal(inputs.secretString))).toEqual({
    username: "orders",
    password: PASSWORD,
    host: "database.example",
    port: 5432,
    dbname: "orders",
  });
});

test("the password needs no quoting anywhere", async () => {
  const { inputs } = (await database("prod")).get("database-password");
  expect(inputs).toEqual({ length: 40, special: false });
});

test("its logs have a limit and go with it: the groups are there before RDS would make them", async () => {
  const recording = await database("prod");
  const { inputs, waitsFor, deleteBeforeReplace } = recording.get("database-postgres");
  expect(inputs.identifier).toBe("fastapi-eks-prod");
  expect(deleteBeforeReplace).toBe(true);
  for (const log of inputs.enabledCloudwatchLogsExports) {
    const group = recording.get(`database-logs-${log}`);
    expect(group.inputs).toMatchObject({
      name: `/aws/rds/instance/fastapi-eks-prod/${log}`,
      retentionInDays: 90,
    });
    expect(waitsFor).toContain(group.urn);
  }
});

test("what its machine does is measured once a minute, by a role that may write it before the instance is there", async () => {
  const recording = await database("dev");
  const { inputs, waitsFor } = recording.get("database-postgres");
  expect(inputs).toMatchObject({
    monitoringInterval: 60,
    monitoringRoleArn: expect.stringMatching(/:role\/database-monitoring$/),
  });
  const attachment = recording.get("database-monitoring-AmazonRDSEnhancedMonitoringRole");
  expect(attachment.inputs).toEqual({
    role: "database-monitoring",
    policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
  });
  expect(waitsFor).toContain(attachment.urn);
});

test("a restore is another instance with the backup's key and database, made before the old one goes", async () => {
  const before = (await database("dev")).get("database-postgres");
  const recording = await database("dev", { databaseRestoreTime: "2026-11-20T10:30:00Z" });
  const { inputs, deleteBeforeReplace } = recording.get("database-postgres");
  expect(before.deleteBeforeReplace).toBe(true);
  expect(deleteBeforeReplace).toBe(false);
  expect(inputs).toMatchObject({
    identifier: expect.stringMatching(/^fastapi-eks-dev-[0-9a-f]{8}$/),
    restoreToPointInTime: {
      restoreTime: "2026-11-20T10:30:00Z",
      sourceDbInstanceIdentifier: "fastapi-eks-dev",
    },
    username: "orders",
  });
  expect([inputs.dbName, inputs.kmsKeyId]).toEqual([undefined, undefined]);
  expect(recording.get("database-logs-upgrade").inputs.name).toBe(
    `/aws/rds/instance/${inputs.identifier}/upgrade`,
  );
});

test("other data is another instance, and has a last snapshot of its own", async () => {
  const all: string[] = [];
  for (const set of [
    {},
    { databaseRestoreTime: "2026-11-20T10:30:00Z" },
    { databaseRestoreTime: "2026-11-20T10:31:00Z" },
    { databaseRestoreTime: "2026-11-20T10:30:00Z", databaseRestoreSource: "db-ABC123" },
    { databaseRestoreSnapshot: "last", databaseEngineVersion: "17.9" },
  ]) {
    const { inputs } = (await database("prod", set)).get("database-postgres");
    all.push(inputs.identifier, inputs.finalSnapshotIdentifier);
  }
  expect(new Set(all).size).toBe(10);
  for (const name of all) expect(name.length).toBeLessThanOrEqual(63);
});

test("a deleted instance is a source by its resource id, and a snapshot by its name", async () => {
  const gone = { databaseRestoreTime: "2026-11-20T10:30:00Z", databaseRestoreSource: "db-ABC123" };
  expect((await database("dev", gone)).get("database-postgres").inputs.restoreToPointInTime).toEqual({
    restoreTime: "2026-11-20T10:30:00Z",
    sourceDbiResourceId: "db-ABC123",
  });
  const last = { databaseRestoreSnapshot: "last", databaseEngineVersion: "17.9" };
  expect((await database("dev", last)).get("database-postgres").inputs).toMatchObject({
    snapshotIdentifier: "last",
    engineVersion: "17.9",
  });
});

test("with protect, what is replaced stays in AWS, its logs too", async () => {
  for (const stack of ["dev", "prod"]) {
    const recording = await database(stack);
    for (const name of ["database-postgres", "database-logs-postgresql"])
      expect(recording.get(name).retainOnDelete, `${stack} ${name}`).toBe(stack === "prod");
  }
});
