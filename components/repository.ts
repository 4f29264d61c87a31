import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import type * as pulumi from "@pulumi/pulumi";

/** Tags that stand for content, and for nothing else. */
export const CONTENT_TAG = "source-";

export interface Rule {
  selection: Readonly<Record<string, unknown>>;
  action: Readonly<Record<string, string>>;
}

export interface RepositoryArgs {
  /** Made from the resource's name when it is left out. */
  name?: string;
  /** Refuse to delete it while it has images. */
  protect: boolean;
  /** What happens to old images, in this order. */
  rules: readonly Rule[];
}

/** A repository in ECR whose tags don't move, except those that stand for content. */
export function imageRepository(
  name: string,
  args: RepositoryArgs,
  opts?: pulumi.CustomResourceOptions,
): Repository {
  const repository = new Repository(
    `${name}-repository`,
    {
      name: args.name,
      // Source that is reverted has the tag that it was pushed under before, and ECR takes an immutable tag
      // only once, whatever its digest (aws/containers-roadmap#2179).
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filter: `${CONTENT_TAG}*`, filterType: "WILDCARD" }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "KMS" }],
      forceDelete: !args.protect,
    },
    opts,
  );
  const rules = args.rules.map((rule, index) => ({ rulePriority: index + 1, ...rule }));
  new LifecyclePolicy(
    `${name}-expiry`,
    { repository: repository.name, policy: JSON.stringify({ rules }) },
    opts?.parent ? { parent: opts.parent } : undefined,
  );
  return repository;
}
