import { describe, expect, it } from "vitest";
import { check, create, destroy, diff, type Outputs, unknown, update } from "./harness.ts";

const topicType = "sns/topic:Topic";
const policyType = "sns/topicPolicy:TopicPolicy";
const alarmType = "cloudwatch/metricAlarm:MetricAlarm";
const keyType = "kms/key:Key";
const topicArn = "arn:aws:sns:eu-central-1:000000000000:alarms";

const cloudWatch = { Service: "cloudwatch.amazonaws.com" };
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const publish = (extra: object = {}) => ({
  ...{ Sid: "publish", Effect: "Allow", Principal: cloudWatch, Action: "sns:Publish", Resource: topicArn },
  ...extra,
});
const owner = {
  ...{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:root" } },
  ...{ Action: "kms:*", Resource: "*" },
};
const useOfKey = (...Action: string[]) => ({
  ...{ Effect: "Allow", Principal: cloudWatch, Resource: "*" },
  Action,
});

const alarm = (extra: Outputs = {}): Outputs => ({
  name: "cpu",
  comparisonOperator: "GreaterThanThreshold",
  evaluationPeriods: 5,
  metricName: "CPUUtilization",
  namespace: "AWS/RDS",
  dimensions: { DBInstanceIdentifier: "service" },
  period: 60,
  statistic: "Average",
  threshold: 80,
  ...extra,
});

describe("a topic", () => {
  it.each([{ name: "a.fifo" }, { name: "a".repeat(257) }, { displayName: "a".repeat(101) }])(
    "isn't %j",
    async (wrong) => {
      await expect(check(topicType, wrong)).rejects.toThrow("InvalidParameter: ");
    },
  );

  it("is there once, under its ARN, and is replaced by another name", async () => {
    const made = await create(topicType, { name: "alarms" });
    expect(made).toMatchObject({ id: topicArn, arn: topicArn, owner: "000000000000" });
    await expect(create(topicType, { name: "alarms" })).rejects.toThrow("Topic already exists");
    expect((await diff(topicType, made, { name: "others" })).replaces).toEqual(["name"]);
  });
});

describe("a topic's policy", () => {
  it("needs the topic", async () => {
    await expect(create(policyType, { arn: topicArn, policy: policy(publish()) })).rejects.toThrow(
      "NotFound",
    );
  });

  it.each<[string, object[], string]>([
    ["another topic's ARN", [publish({ Resource: `${topicArn}s` })], "must be the topic's ARN"],
    ["no resource", [publish({ Resource: undefined })], "must be the topic's ARN"],
    [
      "an action that isn't of topics",
      [publish({ Action: ["sns:CreateTopic"] })],
      "action out of service scope",
    ],
    ["the same Sid twice", [publish(), publish()], "unique Sid"],
    ["nobody whom it is about", [publish({ Principal: undefined })], "needs a Principal"],
    [
      "too many statements",
      Array.from({ length: 101 }, (_, index) => publish({ Sid: `s${index}` })),
      "more than 100 statements",
    ],
    ["30 KiB", [publish({ Condition: { Bool: { a: "x".repeat(30 * 1024) } } })], "allowed: 30720"],
  ])("with %s is refused at preview", async (_, statements, message) => {
    const inputs = { arn: topicArn, policy: policy(...statements) };
    await expect(check(policyType, inputs)).rejects.toThrow(message);
  });

  it("isn't judged before its topic has an ARN", async () => {
    const inputs = { arn: unknown, policy: policy(publish()) };
    expect(await check(policyType, inputs)).toMatchObject({ arn: unknown });
  });
});

describe("an alarm", () => {
  it.each<[string, Outputs, string]>([
    ["another operator", { comparisonOperator: "More" }, "comparisonOperator"],
    ["a period between those that there are", { period: 90 }, "10, 20, 30 or a multiple of 60"],
    ["two statistics", { extendedStatistic: "p99" }, "either statistic or extendedStatistic"],
    ["none", { statistic: undefined }, "either statistic or extendedStatistic"],
    ["a percentile beyond 100", { statistic: undefined, extendedStatistic: "p101" }, "extendedStatistic"],
    ["more than a day of minutes", { evaluationPeriods: 1441 }, "at most 86400 seconds"],
    ["more than a week of hours", { period: 3600, evaluationPeriods: 169 }, "at most 604800 seconds"],
    ["more breaches than periods", { datapointsToAlarm: 6 }, "more than evaluationPeriods"],
    ["another treatment of missing data", { treatMissingData: "good" }, "treatMissingData"],
    ["a namespace that starts with a colon", { namespace: ":a" }, "namespace"],
    ["no threshold", { threshold: undefined }, "threshold is required"],
    ["an action that is no ARN", { alarmActions: ["alarms"] }, "the ARN of an action"],
    ["six actions", { okActions: Array.from("abcdef", (name) => `${topicArn}-${name}`) }, "at most 5"],
  ])("with %s is refused at preview", async (_, wrong, message) => {
    await expect(check(alarmType, alarm(wrong))).rejects.toThrow(message);
  });

  it("takes a week of hours, and moves to another instance as it is", async () => {
    const made = await create(alarmType, alarm({ period: 3600, evaluationPeriods: 168 }));
    expect(made.arn).toBe("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:cpu");
    const moved = alarm({ dimensions: { DBInstanceIdentifier: "restored" } });
    expect(await diff(alarmType, made, moved)).toMatchObject({ changes: true, replaces: [] });
    await expect(create(alarmType, alarm())).rejects.toThrow("There is an alarm cpu already");
  });

  it("takes no topic of another region", async () => {
    const alarmActions = ["arn:aws:sns:us-east-1:000000000000:alarms"];
    await expect(create(alarmType, alarm({ alarmActions }))).rejects.toThrow(
      "Invalid region us-east-1 specified. Only eu-central-1 is supported.",
    );
  });

  const heard = { alarmActions: [topicArn] };

  it("takes a topic as SNS makes it, and none that isn't there", async () => {
    await expect(create(alarmType, alarm(heard))).rejects.toThrow("there is no such topic");
    await create(topicType, { name: "alarms" });
    expect(await create(alarmType, alarm(heard))).toMatchObject(heard);
  });

  it("takes none whose policy keeps CloudWatch out, until it is gone", async () => {
    await create(topicType, { name: "alarms" });
    const events = publish({ Principal: { Service: "events.amazonaws.com" } });
    const other = await create(policyType, { arn: topicArn, policy: policy(events) });
    await expect(create(alarmType, alarm(heard))).rejects.toThrow(
      "doesn't let cloudwatch.amazonaws.com publish",
    );
    const made = await create(alarmType, alarm());
    await expect(update(alarmType, made, alarm({ okActions: [topicArn] }))).rejects.toThrow(
      "Nobody would hear",
    );
    await update(policyType, other, { arn: topicArn, policy: policy(publish()) });
    expect(await update(alarmType, made, alarm(heard))).toMatchObject(heard);
    await update(policyType, other, { arn: topicArn, policy: policy(events) });
    await destroy(policyType, other);
    expect(await update(alarmType, made, alarm(heard))).toMatchObject(heard);
  });

  it.each<[string, object[], RegExp]>([
    ["doesn't name CloudWatch", [owner], /kms:Decrypt and kms:GenerateDataKey$/],
    [
      "lets it only decrypt",
      [owner, useOfKey("kms:Decrypt")],
      /cloudwatch.amazonaws.com kms:GenerateDataKey$/,
    ],
  ])("takes none whose key %s", async (_, statements, message) => {
    const { id: kmsMasterKeyId } = await create(keyType, { policy: policy(...statements) });
    await create(topicType, { name: "alarms", kmsMasterKeyId });
    await expect(create(alarmType, alarm(heard))).rejects.toThrow(message);
  });

  it("takes none under SNS' own key, and one whose key CloudWatch may use", async () => {
    await create(topicType, { name: "own", kmsMasterKeyId: "alias/aws/sns" });
    const own = { alarmActions: [topicArn.replace("alarms", "own")] };
    await expect(create(alarmType, alarm(own))).rejects.toThrow("may not use alias/aws/sns");
    const key = policy(owner, useOfKey("kms:Decrypt", "kms:GenerateDataKey*"));
    const { id: kmsMasterKeyId } = await create(keyType, { policy: key });
    await create(topicType, { name: "alarms", kmsMasterKeyId });
    expect(await create(alarmType, alarm(heard))).toMatchObject(heard);
  });
});
