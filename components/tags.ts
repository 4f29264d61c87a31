import * as pulumi from "@pulumi/pulumi";

/**
 * Adds tags to whatever takes them, here and below; a tag that a resource sets itself wins. The provider's
 * `aws:defaultTags` would do the same, but can't name the stack, and neither preview nor plan shows them.
 */
export function tagged(tags: Readonly<Record<string, string>>): pulumi.ResourceOptions {
  return {
    transformations: [
      ({ props, opts }) =>
        // An output of every resource of AWS that takes tags, and of nothing else.
        "tagsAll" in props
          ? {
              props: { ...props, tags: pulumi.output(props.tags).apply((own) => ({ ...tags, ...own })) },
              opts,
            }
          : undefined,
    ],
  };
}
