// ecr.LifecyclePolicy, with the rules for its rules. None is applied: no image expires.
import { json, string, type Values } from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId } from "./account.ts";
import { repositories } from "./ecr.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

const lifecyclePolicyProperties = {
  repository: string({ required: true, replaceOnChange: true }),
  policy: json({ required: true, replaceOnChange: true }),
};

interface LifecyclePolicy extends Identified, Values<typeof lifecyclePolicyProperties> {
  registryId: string;
}

interface LifecycleRule {
  rulePriority?: number;
  selection?: {
    tagStatus?: string;
    storageClass?: string;
    tagPrefixList?: string[];
    tagPatternList?: string[];
    countType?: string;
    countUnit?: string;
    countNumber?: number;
  };
  action?: { type?: string; targetStorageClass?: string };
}

/** Which count goes with which action and storage class; days but for the count of images. */
const counts: Record<string, { actions: string[]; storageClass?: string }> = {
  imageCountMoreThan: { actions: ["expire", "transition"] },
  sinceImagePushed: { actions: ["expire", "transition"] },
  sinceImagePulled: { actions: ["transition"] },
  sinceImageTransitioned: { actions: ["expire"], storageClass: "archive" },
};

/** What is wrong with one rule, by Amazon ECR's "lifecycle policy properties". */
function ruleProblem({ rulePriority, selection = {}, action }: LifecycleRule): string | undefined {
  const { tagStatus, tagPrefixList, tagPatternList, countType = "", countUnit, countNumber } = selection;
  if (!Number.isInteger(rulePriority)) return "rulePriority must be a whole number";
  if (!["tagged", "untagged", "any"].includes(tagStatus ?? ""))
    return "tagStatus must be tagged, untagged or any";
  const hasTags = tagPrefixList !== undefined || tagPatternList !== undefined;
  if ((tagStatus === "tagged") !== hasTags)
    return "tagPrefixList or tagPatternList belongs to tagStatus tagged";
  const count = counts[countType];
  if (!count) return `countType must be one of ${Object.keys(counts).join(", ")}`;
  const { type = "", targetStorageClass } = action ?? {};
  if (!count.actions.includes(type))
    return `action.type must be ${count.actions.join(" or ")} for ${countType}`;
  if ((type === "transition") !== (targetStorageClass === "archive"))
    return 'targetStorageClass "archive" belongs to action.type transition';
  if ((selection.storageClass ?? "standard") !== (count.storageClass ?? "standard"))
    return `storageClass must be ${count.storageClass ?? "standard"} for ${countType}`;
  if ((countType !== "imageCountMoreThan") !== (countUnit === "days")) {
    return 'countUnit "days" belongs to every countType but imageCountMoreThan';
  }
  return Number(countNumber) > 0 ? undefined : "countNumber must be greater than 0";
}

function lifecycleProblem({ rules = [] }: { rules?: LifecycleRule[] }): string | undefined {
  if (rules.length === 0) return "a policy needs at least one rule";
  const priorities = rules.map((rule) => rule.rulePriority ?? 0);
  if (new Set(priorities).size < rules.length) return "every rulePriority must be unique";
  // Of its storage class: a rule sees the images of one alone.
  for (const storageClass of ["standard", "archive"]) {
    const own = rules.filter(({ selection }) => (selection?.storageClass ?? "standard") === storageClass);
    const last = own.toSorted((one, other) => (one.rulePriority ?? 0) - (other.rulePriority ?? 0)).at(-1);
    if (own.some((rule) => rule.selection?.tagStatus === "any" && rule !== last)) {
      return "the rule with tagStatus any must have the highest rulePriority";
    }
  }
  return rules.map(ruleProblem).find((problem) => problem !== undefined);
}

export const lifecyclePolicy = resourceType({
  token: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  invalid: "InvalidParameterException",
  table: table<LifecyclePolicy>("ecr/lifecyclePolicy", {
    code: "LifecyclePolicyNotFoundException",
    noun: "lifecycle policy",
  }),
  properties: lifecyclePolicyProperties,
  check({ policy }) {
    const problem = isUnknown(policy) ? undefined : lifecycleProblem(JSON.parse(policy));
    if (problem)
      throw new AwsError("InvalidParameterException", `Lifecycle policy validation failure: ${problem}`);
  },
  create: ({ repository }) => ({ id: repositories.expect(repository).id, registryId: accountId }),
});
