import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { Key as KmsKey } from "@pulumi/aws/kms/key.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "./database.ts";
import { type InstanceClass, maxConnections } from "./instance-classes.ts";

export interface AlarmsArgs {
  /** What the alarms' names in AWS begin with. */
  stackName: string;
  database: Database;
  instanceClass: InstanceClass;
  storageGiB: number;
  /** Size up to which the volume grows by itself; 0 for not at all. */
  maxStorageGiB: number;
}

/** Says when the database needs somebody: to an SNS topic, to which people subscribe. */
export class Alarms extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Alarms", name, {}, opts);
    const { accountId } = getCallerIdentityOutput({}, { parent: this });

    // CloudWatch can't publish under SNS' own key, alias/aws/sns: nobody can change that one's policy.
    const key = new KmsKey(
      `${name}-key`,
      { description: "Notifications of alarms", enableKeyRotation: true, policy: keyPolicy(accountId) },
      { parent: this },
    );
    const topic = new Topic(`${name}-topic`, { kmsMasterKeyId: key.id }, { parent: this });
    const policy = new TopicPolicy(
      `${name}-policy`,
      { arn: topic.arn, policy: topicPolicy(topic.arn, accountId) },
      { parent: this },
    );
    for (const watch of watches(args)) alarm(name, watch, args, topic, policy, this);

    this.topicArn = topic.arn;
    this.registerOutputs();
  }
}

interface Watch {
  id: string;
  metric: string;
  statistic: "Minimum" | "Average" | "Maximum";
  comparison: "GreaterThanThreshold" | "LessThanThreshold";
  threshold: number;
  minutes: number;
}

function watches({ instanceClass, storageGiB, maxStorageGiB }: AlarmsArgs): Watch[] {
  const full = {
    id: "free-storage",
    metric: "FreeStorageSpace",
    statistic: "Minimum",
    comparison: "LessThanThreshold",
    // RDS lets a volume grow when less than a tenth of it has been free for 5 minutes, unless it grew in the last 6
    // hours or is as large as it may be (its user guide on storage autoscaling, and AWS re:Post on it, 2026-11). Half
    // of that says that growth didn't come; the tenth itself, that somebody has to enlarge it. In bytes, of the size
    // that is asked for: no metric says to what a volume has grown.
    threshold: storageGiB * 2 ** 30 * (maxStorageGiB > storageGiB ? 0.05 : 0.1),
    minutes: 5,
  } as const;
  const busy = {
    id: "cpu",
    metric: "CPUUtilization",
    statistic: "Average",
    comparison: "GreaterThanThreshold",
    // Above it, latency rises with every further query (AWS' prescriptive guidance on RDS' alarms, and cloudposse's
    // terraform-aws-rds-cloudwatch-sns-alarms, 2026-11). A backup, a migration or a vacuum is over sooner.
    threshold: 80,
    minutes: 15,
  } as const;
  const crowded = {
    id: "connections",
    metric: "DatabaseConnections",
    statistic: "Maximum",
    comparison: "GreaterThanThreshold",
    // The service's budget is checked at preview: this is for leaks, and for others who use the same database.
    threshold: Math.floor(0.8 * maxConnections(instanceClass)),
    minutes: 5,
  } as const;
  return [full, busy, crowded];
}

function alarm(
  name: string,
  { id, metric, statistic, comparison, threshold, minutes }: Watch,
  { stackName, database }: AlarmsArgs,
  topic: Topic,
  policy: TopicPolicy,
  parent: Alarms,
): void {
  new MetricAlarm(
    `${name}-${id}`,
    {
      // It is the subject of the message.
      name: `${stackName}-database-${id}`,
      alarmDescription: pulumi.interpolate`${metric} of ${database.identifier}: docs/trouble.md, "An alarm of the database"`,
      namespace: "AWS/RDS",
      metricName: metric,
      dimensions: { DBInstanceIdentifier: database.identifier },
      statistic,
      comparisonOperator: comparison,
      threshold,
      // RDS measures once a minute.
      period: 60,
      evaluationPeriods: minutes,
      // An instance that restarts, is stopped or is being restored tells nothing, good or bad.
      treatMissingData: "missing",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    },
    // An alarm that fires before CloudWatch may publish is lost.
    { parent, dependsOn: [policy] },
  );
}

const document = (Id: string, ...Statement: object[]) => ({ Version: "2012-10-17", Id, Statement });
const cloudWatch = { Service: "cloudwatch.amazonaws.com" };

/**
 * AWS re:Post, "How do I configure a CloudWatch alarm with an encrypted SNS topic", and the MDAA's
 * grantCloudWatchAlarmsTopicAccess, 2026-11; by the latter, CloudWatch says for which account it acts.
 */
function keyPolicy(accountId: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.jsonStringify(
    document(
      "alarms-key",
      {
        Sid: "AccountByIam",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "CloudWatchForThisAccount",
        Effect: "Allow",
        Principal: cloudWatch,
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
    ),
  );
}

/** Whoever of the account may subscribe or publish by IAM still may. */
function topicPolicy(
  topicArn: pulumi.Output<string>,
  accountId: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.jsonStringify(
    document(
      "alarms-topic",
      {
        Sid: "CloudWatchForThisAccount",
        Effect: "Allow",
        Principal: cloudWatch,
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
      {
        Sid: "NothingInClear",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ),
  );
}
