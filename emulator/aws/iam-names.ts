// What IAM takes for a name, a path and the keys of tags.
import { matching } from "../provider/properties.ts";
import { allTags } from "./default-tags.ts";
import { AwsError } from "./errors.ts";

export const name = (length: number) =>
  matching(new RegExp(`^[\\w+=,.@-]{1,${length}}$`), `1 to ${length} letters, digits and +=,.@_-`);
export const path = matching(/^\/([\w+=,.@-]+\/)*$/, "a path that starts and ends with /");

/** Elsewhere they are two; IAM refuses both at once (aws-cdk#26253). */
export function refuseSameKeys(tags: Record<string, string> | undefined): void {
  const keys = Object.keys(allTags(tags)).map((key) => key.toLowerCase());
  if (new Set(keys).size === keys.length) return;
  throw new AwsError(
    "InvalidInput",
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
  );
}
