// cloudwatch.LogGroup.

import { boolean, matching, number, oneOf, string, tags, type Values } from "../provider/properties.ts";
import { arn, nameFrom, region } from "./account.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { allows } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

const name = matching(/^[\w./#-]{1,512}$/, "1 to 512 letters, digits and _-/.#");

const properties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: name }),
  // 0 keeps logs for ever; the others are PutRetentionPolicy's.
  retentionInDays: number({
    default: 0,
    constraint: oneOf(
      ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
      ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
    ),
  }),
  kmsKeyId: string(),
  skipDestroy: boolean({ default: false }),
  tags,
};

interface LogGroup extends Identified, Values<typeof properties> {
  arn: string;
}

const logGroups = table<LogGroup>("cloudwatch/logGroup", {
  code: "ResourceNotFoundException",
  noun: "log group",
});

/** CloudWatch Logs encrypts on its own, so the key's policy must name it. */
function refuseKey(reference: string | undefined): void {
  if (reference === undefined) return;
  const { policy } = expectKey(reference, "InvalidParameterException");
  const principal = `logs.${region()}.amazonaws.com`;
  if (!allows(policy, "Service", [principal], "kms:GenerateDataKey")) {
    const message = `The KMS key ${reference} is not allowed to be used by CloudWatch Logs; its policy must allow ${principal}`;
    throw new AwsError("AccessDeniedException", message);
  }
}

const logGroupArn = (name: string): string => arn("logs", `log-group:${name}`);

export const logGroup = resourceType({
  token: "aws:cloudwatch/logGroup:LogGroup",
  invalid: "InvalidParameterException",
  table: logGroups,
  properties,
  create({ name: given, namePrefix, kmsKeyId }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    if (logGroups.get(name)) {
      throw new AwsError("ResourceAlreadyExistsException", `The specified log group already exists: ${name}`);
    }
    refuseKey(kmsKeyId);
    return { id: name, name, arn: logGroupArn(name) };
  },
  update(_group, { kmsKeyId }) {
    refuseKey(kmsKeyId);
  },
  outlives: ({ skipDestroy }) => skipDestroy,
});

/** A service that logs makes the group that isn't there: one that the program makes later then exists already. */
export function ensureLogGroup(name: string): void {
  if (logGroups.get(name)) return;
  logGroups.put({
    id: name,
    name,
    arn: logGroupArn(name),
    retentionInDays: 0,
    skipDestroy: false,
    tags: {},
  });
}
