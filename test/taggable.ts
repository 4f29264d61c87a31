import { readFileSync } from "node:fs";
import { join } from "node:path";

const sdk = join(import.meta.dirname, "..", "node_modules", "@pulumi", "aws");

/** Whether a resource type such as `aws:ec2/vpc:Vpc` takes tags, by its class in the SDK, which is made from the provider's schema. */
export function takesTags(token: string): boolean {
  const [, module = ""] = token.split(":");
  return /^ {4}readonly tagsAll: /m.test(
    readFileSync(join(sdk, `${module.replace(/^index\//, "")}.d.ts`), "utf8"),
  );
}
