// sns.Topic and sns.TopicPolicy. Nobody subscribes, and nothing is sent.
import { json, matching, string, tags, type Values } from "../provider/properties.ts";
import { containsUnknown, isUnknown } from "../provider/values.ts";
import { accountId, arn, nameFrom } from "./account.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { allows, checkPolicy } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

/** CreateTopic in the API reference, and terraform-provider-aws; FIFO topics take no alarms, and aren't here. */
const name = matching(/^[\w-]{1,256}$/, "1 to 256 letters, digits and _-");
const invalid = "InvalidParameter";

const topicProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: name }),
  displayName: string({ constraint: matching(/^.{0,100}$/s, "at most 100 characters") }),
  kmsMasterKeyId: string(),
  policy: json({ computed: true }),
  tags,
};

interface Topic extends Identified, Values<typeof topicProperties> {
  arn: string;
  owner: string;
  policy: string;
}

const topics = table<Topic>("sns/topic", { code: "NotFound", noun: "topic" });

/** What SNS gives a topic without a policy: everybody of the account, and services on its behalf. */
const defaultPolicy = (topicArn: string) =>
  JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...actions].map((action) => `SNS:${action}`),
        Resource: topicArn,
        Condition: { StringEquals: { "AWS:SourceOwner": accountId } },
      },
    ],
  });

/** "Valid Amazon SNS policy actions" and "Policy quotas" in SNS' developer guide, 2026-11. */
const actions = new Set([
  "AddPermission",
  "DeleteTopic",
  "GetDataProtectionPolicy",
  "GetTopicAttributes",
  "ListSubscriptionsByTopic",
  "ListTagsForResource",
  "Publish",
  "PutDataProtectionPolicy",
  "RemovePermission",
  "SetTopicAttributes",
  "Subscribe",
]);
const validActions = new Set([...actions].map((action) => `sns:${action}`.toLowerCase()));
const mostBytes = 30 * 1024;
const mostStatements = 100;

interface Statement {
  Sid?: string;
  Action?: string | string[];
  Resource?: string | string[];
}

/** Of a whole policy; its topic's ARN may be unknown as yet. */
function checkTopicPolicy(policy: string | undefined, topicArn: string | undefined): void {
  if (policy === undefined || isUnknown(policy)) return;
  checkPolicy(policy, "resource");
  const refuse = (message: string) => new AwsError(invalid, `Invalid parameter: ${message}`);
  const statements = [JSON.parse(policy).Statement].flat() as Statement[];
  if (policy.length > mostBytes) throw refuse(`Policy of ${policy.length} bytes; allowed: ${mostBytes}`);
  if (statements.length > mostStatements) throw refuse(`more than ${mostStatements} statements`);
  const sids = statements.flatMap(({ Sid }) => Sid ?? []);
  if (new Set(sids).size < sids.length) throw refuse("Each statement in a policy must have a unique Sid");
  for (const { Action, Resource } of statements) {
    const wrong = [Action ?? []].flat().find((action) => !validActions.has(action.toLowerCase()));
    // In AWS' words: hashicorp/terraform#12740.
    if (wrong !== undefined) throw refuse(`Policy statement action out of service scope! ${wrong}`);
    if (containsUnknown(topicArn) || topicArn === undefined) continue;
    const others = [Resource ?? []].flat().filter((resource) => resource !== topicArn);
    if (others.length > 0 || Resource === undefined)
      throw refuse(`a statement's Resource must be the topic's ARN, ${topicArn}; got ${others.join(", ")}`);
  }
}

export const topic = resourceType({
  token: "aws:sns/topic:Topic",
  invalid,
  table: topics,
  properties: topicProperties,
  check: ({ policy }) => checkTopicPolicy(policy, undefined),
  create({ name: given, namePrefix, policy }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    const topicArn = arn("sns", name);
    // CreateTopic answers with the one that is there, if nothing differs: two resources would then be one topic.
    if (topics.get(topicArn)) throw new AwsError(invalid, `Invalid parameter: Topic already exists: ${name}`);
    checkTopicPolicy(policy, topicArn);
    return { id: topicArn, arn: topicArn, name, owner: accountId, policy: policy ?? defaultPolicy(topicArn) };
  },
  update({ arn }, { policy }) {
    checkTopicPolicy(policy, arn);
  },
});

const policyProperties = {
  arn: string({ required: true, replaceOnChange: true }),
  policy: json({ required: true }),
};

function putPolicy(topicArn: string, policy: string): void {
  checkTopicPolicy(policy, topicArn);
  topics.put({ ...topics.expect(topicArn), policy });
}

export const topicPolicy = resourceType({
  token: "aws:sns/topicPolicy:TopicPolicy",
  invalid,
  table: table<Identified & Values<typeof policyProperties> & { owner: string }>("sns/topicPolicy", {
    code: "NotFound",
    noun: "policy of topic",
  }),
  properties: policyProperties,
  check: ({ arn, policy }) => checkTopicPolicy(policy, arn),
  create({ arn, policy }) {
    putPolicy(arn, policy);
    return { id: arn, owner: accountId };
  },
  update(_resource, { arn, policy }) {
    putPolicy(arn, policy);
    return undefined;
  },
  // The topic, deleted later, falls back to what it began with.
  delete({ arn }) {
    if (topics.get(arn)) putPolicy(arn, defaultPolicy(arn));
  },
});

/** Why messages of a service don't reach the topic; AWS itself says so in no answer, but loses them. */
export function undeliverable(topicArn: string, service: string): string | undefined {
  const topic = topics.get(topicArn);
  if (!topic) return "there is no such topic";
  const publishes =
    allows(topic.policy, "Service", [service], "sns:Publish") ||
    allows(topic.policy, "AWS", [], "sns:Publish");
  if (!publishes) return `the topic's policy doesn't let ${service} publish`;
  const { kmsMasterKeyId: key } = topic;
  if (!key) return undefined;
  if (key === "alias/aws/sns") return `${service} may not use alias/aws/sns, the key of the topic`;
  const { policy } = expectKey(key, "KMSNotFound");
  const missing = ["kms:Decrypt", "kms:GenerateDataKey"].filter(
    (action) => !allows(policy, "Service", [service], action),
  );
  return missing.length > 0
    ? `the policy of the topic's key doesn't allow ${service} ${missing.join(" and ")}`
    : undefined;
}
