import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type * as pulumi from "@pulumi/pulumi";

const RETENTION_DAYS = 90;

/**
 * A log group that an AWS service writes to. The service would make it by itself, without a limit and out
 * of Pulumi's sight, where it outlives a destroy: let the service wait for this one.
 */
export function logGroup(
  name: string,
  groupName: string,
  parent: pulumi.Resource,
  opts: pulumi.CustomResourceOptions = {},
): LogGroup {
  return new LogGroup(name, { name: groupName, retentionInDays: RETENTION_DAYS }, { parent, ...opts });
}
