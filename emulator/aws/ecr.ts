// ecr.Repository and ecr.LifecyclePolicy; the images are in a real registry.
import { deleteRepository, listImages, registryAddress } from "../engines/registry.ts";
import {
  boolean,
  json,
  list,
  matching,
  object,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { type Bag, containsUnknown, isUnknown } from "../provider/values.ts";
import { accountId, arn, region as here } from "./account.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { checkPolicy } from "./policy-document.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

/** "Preventing image tags from being overwritten" in Amazon ECR's user guide, and `PutImageTagMutability`. */
const exclusionFilters = list(
  object({
    filter: string({
      required: true,
      constraint: matching(
        /^(?!(?:.*\*){3})[\w.*-]{1,128}$/,
        "1 to 128 letters, digits and ._-, and at most two * among them",
      ),
    }),
    filterType: string({ required: true, constraint: oneOf("WILDCARD") }),
  }),
  { constraint: { test: (filters) => filters.length <= 5, allowed: "at most 5 filters" } },
);

const repositoryProperties = {
  name: string({
    autoName: true,
    replaceOnChange: true,
    constraint: matching(
      /^(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
      "2 to 256 lower-case letters and digits, with single ._-/ between them",
    ),
  }),
  imageTagMutability: string({
    default: "MUTABLE",
    constraint: oneOf("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"),
  }),
  imageTagMutabilityExclusionFilters: exclusionFilters,
  imageScanningConfiguration: object({ scanOnPush: boolean({ required: true }) }),
  encryptionConfigurations: list(
    object({
      encryptionType: string({ default: "AES256", constraint: oneOf("AES256", "KMS") }),
      kmsKey: string({ computed: true }),
    }),
    { replaceOnChange: true },
  ),
  forceDelete: boolean({ default: false }),
  tags,
};

interface Repository extends Identified, Values<typeof repositoryProperties> {
  arn: string;
  registryId: string;
  repositoryUrl: string;
}

const repositories = table<Repository>("ecr/repository", {
  code: "RepositoryNotFoundException",
  noun: "repository with name",
});

/** As a caller names it: in this account and region, the only ones there are. */
export function expectRepository(name: string, { registryId = accountId, region = here() }: Bag): Repository {
  if (registryId === accountId && region === here()) return repositories.expect(name);
  const message = `The repository with name '${name}' does not exist in the registry with id '${registryId}'`;
  throw new AwsError("RepositoryNotFoundException", message);
}

export const findRepository = (name: string): Repository | undefined => repositories.get(name);

/** Whether ECR refuses to push a tag that exists, also with the digest that it has (aws/containers-roadmap#2179). */
export function isImmutable(
  { imageTagMutability, imageTagMutabilityExclusionFilters: filters = [] }: Repository,
  tag: string,
): boolean {
  const isExcluded = filters.some(({ filter }) =>
    new RegExp(`^${filter.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(tag),
  );
  return imageTagMutability.startsWith("IMMUTABLE") !== isExcluded;
}

export const repository = resourceType({
  token: "aws:ecr/repository:Repository",
  invalid: "InvalidParameterException",
  table: repositories,
  properties: repositoryProperties,
  check({ imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters = [] }) {
    if (containsUnknown([mutability, filters])) return;
    const hasExclusion = mutability.endsWith("_WITH_EXCLUSION");
    if (hasExclusion === filters.length > 0) return;
    const rule = `imageTagMutability ${mutability} ${hasExclusion ? "needs" : "takes no"} imageTagMutabilityExclusionFilters`;
    throw new AwsError("InvalidParameterException", `${rule}; got ${filters.length}`);
  },
  create({ name, encryptionConfigurations = [] }) {
    if (repositories.get(name)) {
      const message = `The repository with name '${name}' already exists in the registry`;
      throw new AwsError("RepositoryAlreadyExistsException", message);
    }
    for (const { kmsKey } of encryptionConfigurations) if (kmsKey) expectKey(kmsKey, "KmsException");
    return {
      id: name,
      arn: arn("ecr", `repository/${name}`),
      registryId: accountId,
      repositoryUrl: `${registryAddress()}/${name}`,
    };
  },
  async stop({ name, forceDelete }) {
    const images = await listImages(name);
    if (images.length > 0 && !forceDelete) {
      const message = `The repository with name '${name}' cannot be deleted because it still contains ${images.length} images; set forceDelete: true`;
      throw new AwsError("RepositoryNotEmptyException", message);
    }
    await deleteRepository(name);
  },
});

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

const repositoryPolicyProperties = {
  repository: string({ required: true, replaceOnChange: true }),
  policy: json({ required: true }),
};

/** Who else may use a repository: the one policy without a Resource, because it stands at one. */
export const repositoryPolicy = resourceType({
  token: "aws:ecr/repositoryPolicy:RepositoryPolicy",
  invalid: "InvalidParameterException",
  table: table<Identified & Values<typeof repositoryPolicyProperties>>("ecr/repositoryPolicy", {
    code: "RepositoryPolicyNotFoundException",
    noun: "repository policy",
  }),
  properties: repositoryPolicyProperties,
  check: ({ policy }) => checkPolicy(policy, "resource"),
  create: ({ repository }) => ({ id: repositories.expect(repository).id, registryId: accountId }),
});
