import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type * as pulumi from "@pulumi/pulumi";

/** What is in a Secret: files, or variables of pods. */
export type SecretData = Record<string, pulumi.Input<string>>;

/**
 * Makes an immutable Secret, and returns its name. With other data there is another one beside it: pods roll, and those
 * of the previous version keep theirs until they are gone.
 */
export type MakeSecret = (name: string, data: SecretData, parent: pulumi.Resource) => pulumi.Output<string>;

export const secretIn =
  (namespace: pulumi.Output<string>): MakeSecret =>
  (name, stringData, parent) =>
    new Secret(name, { metadata: { namespace }, immutable: true, stringData }, { parent }).metadata.name;
