// ecr.Repository and ecr.RepositoryPolicy; the images are in a real registry.
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
import { type Bag, containsUnknown } from "../provider/values.ts";
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

export const repositories = table<Repository>("ecr/repository", {
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
