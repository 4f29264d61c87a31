// What policies say to one request: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements" (2026-11).
import { iamArn } from "./account.ts";

export interface Request {
  action: string;
  resource: string;
  /** Of who asks: the role, and the name of its session. */
  principal: { accountId: string; roleArn: string; session: string };
  /** Condition keys that have a value. */
  context: Record<string, string>;
}

interface Statement {
  Effect: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Principal?: string | Record<string, string | string[]>;
  NotPrincipal?: unknown;
  Condition?: Record<string, Record<string, string | boolean | (string | boolean)[]>>;
}

type Effects = Set<Statement["Effect"]>;

/** What a policy asks for that AWS evaluates and the emulator doesn't. */
export class Unsupported extends Error {}

const asList = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

/** `*` and `?` as IAM has them. */
export function matches(pattern: string, value: string, flags = ""): boolean {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === "*") return ".*";
    return part === "?" ? "." : part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, `s${flags}`).test(value);
}

/** Keys of requests that nothing of the emulator gives a value. */
const absentKeys =
  /^(aws:(SourceVpc|SourceVpce|VpcSourceIp|SourceArn|SourceAccount|PrincipalOrgID|CalledVia|MultiFactorAuthPresent)|s3:.*|kms:.*|secretsmanager:.*)$/i;

function contextValue(key: string, context: Request["context"]): string | undefined {
  const name = Object.keys(context).find((candidate) => candidate.toLowerCase() === key.toLowerCase());
  if (
    name === undefined &&
    !absentKeys.test(key) &&
    !/^aws:(PrincipalTag|ResourceTag|RequestTag)\//i.test(key)
  ) {
    throw new Unsupported(`the condition key ${key}`);
  }
  return name === undefined ? undefined : context[name];
}

/** Fills in policy variables, such as ${aws:PrincipalTag/kubernetes-namespace}. */
function fill(text: string, context: Request["context"]): string | undefined {
  let isKnown = true;
  const filled = text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (["*", "?", "$"].includes(name)) return name;
    const value = contextValue(name, context);
    if (value === undefined) isKnown = false;
    return value ?? "";
  });
  return isKnown ? filled : undefined;
}

const operators: Record<string, (value: string, wanted: string) => boolean> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => matches(wanted, value),
  ArnEquals: (value, wanted) => matches(wanted, value),
  ArnLike: (value, wanted) => matches(wanted, value),
  Bool: (value, wanted) => value === wanted,
  NumericEquals: (value, wanted) => Number(value) === Number(wanted),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericLessThanEquals: (value, wanted) => Number(value) <= Number(wanted),
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
  NumericGreaterThanEquals: (value, wanted) => Number(value) >= Number(wanted),
};

function holds(operator: string, key: string, wanted: string[], context: Request["context"]): boolean {
  const value = contextValue(key, context);
  if (operator === "Null") return wanted.includes(String(value === undefined));
  const isOptional = operator.endsWith("IfExists");
  const name = isOptional ? operator.slice(0, -"IfExists".length) : operator;
  const isNegated = /^(String|Arn|Numeric)Not/.test(name);
  const test = operators[isNegated ? name.replace("Not", "") : name];
  if (!test) throw new Unsupported(`the condition operator ${operator}`);
  if (value === undefined) return isOptional || isNegated;
  const isAmong = wanted.some((pattern) => {
    const filled = fill(pattern, context);
    return filled !== undefined && test(value, filled);
  });
  return isAmong !== isNegated;
}

const meets = ({ Condition = {} }: Statement, { context }: Request): boolean =>
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, key, asList(wanted).map(String), context)),
  );

const names = (
  patterns: string | string[] | undefined,
  value: string,
  context: Request["context"],
  flags = "",
) =>
  asList(patterns).some((pattern) => {
    const filled = fill(pattern, context);
    return filled !== undefined && matches(filled, value, flags);
  });

/** The whole account stands for its roles where it is denied something; allowed, it leaves it to their own policies. */
function isMeant({ Effect, Principal, NotPrincipal }: Statement, { principal }: Request): boolean {
  if (NotPrincipal !== undefined) throw new Unsupported("NotPrincipal");
  const meant = typeof Principal === "string" ? [Principal] : asList(Principal?.AWS);
  const { accountId, roleArn, session } = principal;
  const sessionArn = `arn:aws:sts::${accountId}:assumed-role/${roleArn.split("/").at(-1)}/${session}`;
  const own = ["*", roleArn, sessionArn, ...(Effect === "Deny" ? [accountId, iamArn("root")] : [])];
  return meant.some((name) => own.includes(name));
}

/** What a policy says; in one with principals, to whom it says it. */
export function effects(policy: string, kind: "identity" | "resource", request: Request): Effects {
  const statements = asList((JSON.parse(policy) as { Statement?: Statement | Statement[] }).Statement);
  const { action, resource, context } = request;
  const applies = (statement: Statement) =>
    (kind === "identity" || isMeant(statement, request)) &&
    (statement.NotAction
      ? !names(statement.NotAction, action, context, "i")
      : names(statement.Action, action, context, "i")) &&
    (statement.NotResource
      ? !names(statement.NotResource, resource, context)
      : names(statement.Resource, resource, context)) &&
    meets(statement, request);
  return new Set(statements.filter(applies).map(({ Effect }) => Effect));
}

export interface Policies {
  identity: string[];
  boundary?: string;
  resource?: string;
}

/** Whether the request is allowed, within one account. */
export function isAllowed({ identity, boundary, resource }: Policies, request: Request): boolean {
  const own = identity.map((policy) => effects(policy, "identity", request));
  const limit = boundary === undefined ? undefined : effects(boundary, "identity", request);
  const others = resource === undefined ? new Set() : effects(resource, "resource", request);
  if ([...own, limit, others].some((found) => found?.has("Deny"))) return false;
  return (own.some((found) => found.has("Allow")) || others.has("Allow")) && (limit?.has("Allow") ?? true);
}
