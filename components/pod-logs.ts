import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type { Cluster } from "@pulumi/aws/eks/cluster.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { addOn } from "./add-on.ts";
import { logGroup } from "./logs.ts";
import { trust } from "./trust.ts";

/**
 * What the add-on's Fluent Bit and agent write to, below /aws/containerinsights/<cluster>: logs of pods, of nodes'
 * services and of their kernels, and what Container Insights measures. Its Helm chart, aws-observability/helm-charts,
 * and the CloudWatch user guide, 2026-11.
 */
const KINDS = ["application", "dataplane", "host", "performance"];

/**
 * Both log in by this service account (the chart's Fluent Bit as well). Metrics of pods and nodes stay on; traces and
 * instrumented pods, which the add-on would bring along, are off.
 */
const SERVICE_ACCOUNT = "cloudwatch-agent";
const CONFIGURATION = {
  agent: { config: { logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true } } } } },
  manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
};

/** Keeps what pods write, in CloudWatch, for as long as the other logs: a pod that is gone takes its own along. */
export function keepPodLogs(
  name: string,
  { clusterName, version }: { clusterName: string; version: string },
  cluster: Cluster,
  nodePool: pulumi.Resource,
  parent: pulumi.Resource,
): void {
  const groups = KINDS.map((kind) =>
    logGroup(`${name}-${kind}`, `/aws/containerinsights/${clusterName}/${kind}`, parent),
  );
  const role = new Role(
    name,
    { assumeRolePolicy: trust("pods.eks.amazonaws.com"), description: "Rights of CloudWatch's agent in AWS" },
    { parent },
  );
  const policy = new RolePolicy(name, { role: role.name, policy: mayWriteTo(groups) }, { parent });
  addOn(
    name,
    {
      addonName: "amazon-cloudwatch-observability",
      configurationValues: JSON.stringify(CONFIGURATION),
      podIdentityAssociations: [{ serviceAccount: SERVICE_ACCOUNT, roleArn: role.arn }],
    },
    version,
    cluster,
    { parent, dependsOn: [policy, nodePool, ...groups] },
  );
}

/**
 * Of CloudWatchAgentServerPolicy what these take. Without logs:CreateLogGroup, what is written late at a destroy
 * can't make a group again that nobody would delete.
 */
function mayWriteTo(groups: LogGroup[]): pulumi.Output<string> {
  const streams = groups.map(({ arn }) => pulumi.interpolate`${arn}:*`);
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        Resource: streams,
      },
      // These know no resources.
      { Effect: "Allow", Action: ["ec2:DescribeTags", "ec2:DescribeVolumes"], Resource: "*" },
    ],
  });
}
