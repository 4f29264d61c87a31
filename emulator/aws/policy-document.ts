// IAM's policy documents: what a service principal may do by them.

import { isUnknown } from "../provider/values.ts";
import { AwsError } from "./errors.ts";
import { isServicePrincipal } from "./service-principals.ts";

interface Statement {
  Effect: string;
  Action?: string | string[];
  Principal?: string | Record<string, string | string[]>;
  Condition?: object;
}

const asList = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

const principals = ({ Principal }: Statement, type: "Service" | "AWS"): string[] =>
  typeof Principal === "string" ? [Principal] : asList(Principal?.[type]);

function statements(policy: string): Statement[] {
  return asList((JSON.parse(policy) as { Statement?: Statement | Statement[] }).Statement);
}

/**
 * The form every policy needs; an identity policy names no principals, a trust policy no resources (localstack#6644,
 * terraform-aws-eks-pod-identity#34), and a bucket's must name some (aws-cdk#6708).
 */
export function checkPolicy(
  policy: string | undefined,
  kind: "identity" | "trust" | "bucket" | "resource",
): void {
  if (policy === undefined || isUnknown(policy)) return;
  const code = kind === "bucket" ? "MalformedPolicy" : "MalformedPolicyDocument";
  const malformed = (message: string) => new AwsError(code, message);
  const { Version: version } = JSON.parse(policy) as { Version?: string };
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw malformed(`Version is ${JSON.stringify(version)}; allowed: 2012-10-17, 2008-10-17`);
  }
  const all = statements(policy);
  if (all.length === 0) throw malformed("The policy has no Statement");
  for (const statement of all) {
    const text = JSON.stringify(statement);
    const has = (name: string) => name in statement;
    if (!["Allow", "Deny"].includes(statement.Effect))
      throw malformed(`Effect must be Allow or Deny: ${text}`);
    if (!has("Action") && !has("NotAction")) throw malformed(`A statement needs an Action: ${text}`);
    if (kind !== "identity" && !has("Principal")) throw malformed(`A statement needs a Principal: ${text}`);
    if (kind === "identity" && has("Principal"))
      throw malformed(`An identity policy has no Principal: ${text}`);
    const resource = ["Resource", "NotResource"].find(has);
    if (kind === "trust" && resource) throw malformed(`Has prohibited field ${resource}: ${text}`);
    if ((kind === "identity" || kind === "bucket") && !resource) {
      throw malformed(`A statement needs a Resource: ${text}`);
    }
  }
}

/** A trust policy names only services that there are; in IAM's words: hashicorp/terraform#35086, aws-cdk-examples#801. */
export function refuseUnknownServices(trustPolicy: string): void {
  const services = statements(trustPolicy).flatMap((statement) => principals(statement, "Service"));
  const unknown = services.find((name) => name !== "*" && !isServicePrincipal(name));
  if (!unknown) return;
  const message = `Invalid principal in policy: "SERVICE":"${unknown}"; should AWS have it, the emulator doesn't know it yet: add it to emulator/aws/service-principals.ts`;
  throw new AwsError("MalformedPolicyDocument", message);
}

function matches(pattern: string, value: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`, "i").test(value);
}

/** Whether a statement allows one of `callers` (of type Service or AWS) the action. */
export function allows(policy: string, type: "Service" | "AWS", callers: string[], action: string): boolean {
  return statements(policy).some((statement) => {
    const isMeant = principals(statement, type).some((name) => name === "*" || callers.includes(name));
    const { Effect, Action } = statement;
    return Effect === "Allow" && isMeant && asList(Action).some((pattern) => matches(pattern, action));
  });
}

/** Whether a resource's policy lets anybody in: a condition is taken for one that keeps strangers out. */
export function isPublic(policy: string): boolean {
  return statements(policy).some(({ Effect, Principal, Condition }) => {
    const named = typeof Principal === "string" ? [Principal] : Object.values(Principal ?? {}).flat();
    return Effect === "Allow" && named.includes("*") && !Condition;
  });
}
