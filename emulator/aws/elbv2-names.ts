// Names, ARNs and codes that load balancers, target groups and listeners share.
import { randomBytes } from "node:crypto";
import { matching } from "../provider/properties.ts";
import { arn } from "./account.ts";

export const invalid = "ValidationError";

/** CreateLoadBalancer and CreateTargetGroup in Elastic Load Balancing's API reference, 2026-11; so terraform-provider-aws has it. */
export const name = matching(
  /^(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
  "at most 32 letters, digits and hyphens, no hyphen first or last, not starting with internal-",
);

/** The provider puts 26 characters behind it. */
export const namePrefix = matching(
  /^(?!internal-)[A-Za-z0-9][A-Za-z0-9-]{0,5}$/,
  "at most 6 letters, digits and hyphens, no hyphen first",
);

/** What the ids of the service end with. */
export const newSuffix = (): string => randomBytes(8).toString("hex");

export const elbArn = (resource: string): string => arn("elasticloadbalancing", resource);
