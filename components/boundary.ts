import type * as pulumi from "@pulumi/pulumi";

/** Bounds the rights of every IAM role, here and below, by a policy; without one, by none. */
export function bounded(permissionsBoundary: string | undefined): pulumi.ResourceOptions {
  return {
    transformations: [
      ({ type, props, opts }) =>
        permissionsBoundary && type === "aws:iam/role:Role"
          ? { props: { ...props, permissionsBoundary }, opts }
          : undefined,
    ],
  };
}
