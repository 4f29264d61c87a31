import * as pulumi from "@pulumi/pulumi";
import type { Description } from "./description.ts";
import { lineOf } from "./line.ts";

/**
 * Refuses another name than the one that the stack runs, since that would replace everything that bears it. The old
 * name is in the outputs of the stack's last update. Before the first update there are none.
 */
export async function refuseRename({ name }: Description): Promise<void> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack });
  const current = outputs?.namespace;
  if (current === undefined || current === name) return;
  throw new pulumi.RunError(
    `${lineOf("name")} name: got ${name}, while the stack runs ${current}; allowed: ${current}, since another name ` +
      "replaces the namespace, all that runs in it, and the database with its data; " +
      `fix: set it back, or bring up ${name} as a stack of its own: pulumi stack init …`,
  );
}
