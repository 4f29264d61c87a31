import { expect, test } from "vitest";
import { allows } from "../../emulator/aws/policy-document.ts";
import { program, type Recording } from "../harness.ts";

const GIB = 2 ** 30;
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms-topic";

const alarms = async (stack: string, set: Record<string, unknown> = {}) => (await program(stack, { set }))[0];

const thresholds = (recording: Recording) =>
  Object.fromEntries(
    recording
      .ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
      .map(({ inputs }) => [inputs.metricName, [inputs.comparisonOperator, inputs.threshold]]),
  );

test.each([
  ["dev", {}, 20 * GIB * 0.1, 64],
  ["a volume that doesn't grow", { databaseStorageGiB: 200 }, 20 * GIB, 64],
  [
    "one that does: below what lets it grow",
    { databaseStorageGiB: 200, databaseMaxStorageGiB: 500 },
    10 * GIB,
    64,
  ],
  ["a larger class, of which more connect", { databaseInstanceClass: "db.t4g.medium" }, 2 * GIB, 256],
])("the thresholds follow the settings: %s", async (_, set, bytes, connections) => {
  expect(thresholds(await alarms("dev", { databaseMaxStorageGiB: 0, ...set }))).toEqual({
    FreeStorageSpace: ["LessThanThreshold", bytes],
    CPUUtilization: ["GreaterThanThreshold", 80],
    DatabaseConnections: ["GreaterThanThreshold", connections],
  });
});

test("each alarm is of this instance, and says at the topic when it begins and ends", async () => {
  const recording = await alarms("prod");
  const policy = recording.get("alarms-policy").urn;
  for (const { inputs, waitsFor } of recording.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")) {
    expect(inputs).toMatchObject({
      name: expect.stringMatching(/^fastapi-eks-prod-database-(free-storage|cpu|connections)$/),
      alarmDescription: expect.stringContaining("fastapi-eks-prod: docs/trouble.md"),
      namespace: "AWS/RDS",
      dimensions: { DBInstanceIdentifier: "fastapi-eks-prod" },
      period: 60,
      treatMissingData: "missing",
      alarmActions: [TOPIC],
      okActions: [TOPIC],
    });
    expect(waitsFor).toContain(policy);
  }
});

test("after a restore they are the restored instance's, under the same names", async () => {
  const recording = await alarms("prod", { databaseRestoreTime: "2026-11-20T10:30:00Z" });
  const { identifier } = recording.get("database-postgres").inputs;
  const { name, dimensions } = recording.get("alarms-cpu").inputs;
  expect(name).toBe("fastapi-eks-prod-database-cpu");
  expect(identifier).toMatch(/^fastapi-eks-prod-\w{8}$/);
  expect(dimensions).toEqual({ DBInstanceIdentifier: identifier });
});

test("CloudWatch may encrypt with the topic's own key and publish, for this account alone", async () => {
  const recording = await alarms("prod");
  expect(recording.get("alarms-topic").inputs.kmsMasterKeyId).toBe("alarms-key-id");
  const key = recording.get("alarms-key").inputs.policy;
  const topic = recording.get("alarms-policy").inputs.policy;
  const may = (policy: string, action: string, service = "cloudwatch.amazonaws.com") =>
    allows(policy, "Service", [service], action);
  expect(may(key, "kms:Decrypt") && may(key, "kms:GenerateDataKey") && may(topic, "sns:Publish")).toBe(true);
  expect(may(key, "kms:ScheduleKeyDeletion") || may(topic, "sns:Subscribe")).toBe(false);
  expect(may(topic, "sns:Publish", "events.amazonaws.com")).toBe(false);
  expect(allows(key, "AWS", ["arn:aws:iam::123456789012:root"], "kms:PutKeyPolicy")).toBe(true);
  for (const policy of [key, topic]) {
    const ofServices = JSON.parse(policy).Statement.filter(
      ({ Principal }: { Principal: { Service?: string } }) => Principal.Service,
    );
    expect(ofServices).toEqual([
      expect.objectContaining({ Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } }),
    ]);
  }
});

test("nobody publishes in clear", async () => {
  const { Statement } = JSON.parse((await alarms("dev")).get("alarms-policy").inputs.policy);
  expect(Statement).toContainEqual({
    Sid: "NothingInClear",
    Effect: "Deny",
    Principal: "*",
    Action: "sns:Publish",
    Resource: TOPIC,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
});
