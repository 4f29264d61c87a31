// cloudwatch.MetricAlarm. Nothing is measured, so that none ever fires.
import {
  between,
  boolean,
  map,
  matching,
  number,
  oneOf,
  set,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId, arn, region } from "./account.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { undeliverable } from "./sns.ts";
import { type Identified, table } from "./store.ts";

// PutMetricAlarm in CloudWatch's API reference, and terraform-provider-aws' aws_cloudwatch_metric_alarm, 2026-11.
const invalid = "ValidationError";
const HOUR = 3600;
const DAY = 24 * HOUR;

const actions = () =>
  set(string({ constraint: matching(/^arn:aws:[\w-]+:[\w-]*:\d*:.+$/, "the ARN of an action") }), {
    constraint: { test: (all) => all.length <= 5, allowed: "at most 5 actions" },
  });

const properties = {
  name: string({
    autoName: true,
    computed: true,
    replaceOnChange: true,
    constraint: matching(/^[^\p{Cc}]{1,255}$/u, "1 to 255 characters, none of control"),
  }),
  alarmDescription: string({ constraint: matching(/^.{0,1024}$/s, "at most 1024 characters") }),
  actionsEnabled: boolean({ default: true }),
  comparisonOperator: string({
    required: true,
    constraint: oneOf(
      "GreaterThanOrEqualToThreshold",
      "GreaterThanThreshold",
      "LessThanThreshold",
      "LessThanOrEqualToThreshold",
    ),
  }),
  evaluationPeriods: number({ required: true, constraint: between(1, DAY) }),
  datapointsToAlarm: number({ constraint: between(1, DAY) }),
  // Alarms on expressions and on anomalies have none of these; they aren't here.
  metricName: string({ required: true, constraint: matching(/^.{1,255}$/, "1 to 255 characters") }),
  namespace: string({
    required: true,
    constraint: matching(/^[^:].{0,254}$/, "1 to 255 characters, the first no colon"),
  }),
  dimensions: map({
    constraint: {
      test: (all) => Object.keys(all).length <= 30 && !Object.values(all).includes(""),
      allowed: "at most 30 dimensions, each with a value",
    },
  }),
  period: number({
    required: true,
    constraint: {
      test: (seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0),
      allowed: "10, 20, 30 or a multiple of 60",
    },
  }),
  statistic: string({ constraint: oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum") }),
  extendedStatistic: string({
    constraint: matching(/^p(\d{1,2}(\.\d{1,10})?|100)$|^(tm|wm|tc|ts|PR|IQM)/, "such as p99.9 or tm90"),
  }),
  threshold: number({ required: true }),
  treatMissingData: string({
    default: "missing",
    constraint: oneOf("missing", "ignore", "breaching", "notBreaching"),
  }),
  alarmActions: actions(),
  okActions: actions(),
  insufficientDataActions: actions(),
  tags,
};

type Inputs = Values<typeof properties>;

interface Alarm extends Identified, Inputs {
  arn: string;
}

const alarms = table<Alarm>("cloudwatch/metricAlarm", { code: "ResourceNotFound", noun: "alarm" });

const refusal = (message: string) => new AwsError(invalid, message);

function check(inputs: Inputs): void {
  const { period, evaluationPeriods, datapointsToAlarm, statistic, extendedStatistic } = inputs;
  if ((statistic === undefined) === (extendedStatistic === undefined)) {
    throw refusal("An alarm on a metric needs either statistic or extendedStatistic");
  }
  if (isUnknown(period) || isUnknown(evaluationPeriods)) return;
  const most = period < HOUR ? DAY : 7 * DAY;
  if (period * evaluationPeriods > most) {
    throw refusal(
      `Metrics can be looked at for at most ${most} seconds with a period of ${period}; got ${evaluationPeriods} × ${period}`,
    );
  }
  if (datapointsToAlarm !== undefined && datapointsToAlarm > evaluationPeriods) {
    throw refusal(
      `datapointsToAlarm ${datapointsToAlarm} is more than evaluationPeriods ${evaluationPeriods}`,
    );
  }
}

/** AWS takes an alarm whose topic it can't publish to, and then says nothing: here it is refused. */
function refuseActions({ alarmActions = [], okActions = [], insufficientDataActions = [] }: Inputs): void {
  for (const action of [...alarmActions, ...okActions, ...insufficientDataActions]) {
    const [, , service, itsRegion, account] = action.split(":");
    // In AWS' words: cds-snc/notification-terraform#128.
    if (itsRegion !== region())
      throw refusal(`Invalid region ${itsRegion} specified. Only ${region()} is supported.`);
    if (service !== "sns" || account !== accountId) continue;
    const why = undeliverable(action, "cloudwatch.amazonaws.com");
    if (why) throw refusal(`Nobody would hear of the alarm by ${action}: ${why}`);
  }
}

export const metricAlarm = resourceType({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  invalid,
  table: alarms,
  properties,
  check,
  create(inputs) {
    const { name } = inputs;
    // PutMetricAlarm overwrites it: two resources would then be one alarm.
    if (alarms.get(name)) throw refusal(`There is an alarm ${name} already`);
    refuseActions(inputs);
    return { id: name, name, arn: arn("cloudwatch", `alarm:${name}`) };
  },
  update(_alarm, inputs) {
    refuseActions(inputs);
  },
});
