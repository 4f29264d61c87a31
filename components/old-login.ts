import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Stopping } from "./serving.ts";
import type { Workload } from "./workload.ts";

/** For a new node, and for a try or two more. */
const PATIENCE_SECONDS = 180;

/**
 * Shuts the login that the pods before a rollout may have used. It runs after each rollout, not after each new
 * credential alone: an update that was given up, or a restored database, leaves a login open as well.
 */
export function shutOldLogin(
  name: string,
  { workload, terminationGracePeriodSeconds: grace }: Stopping & { workload: Workload },
  rolledOut: pulumi.Resource,
  parent: pulumi.Resource,
): void {
  const { login, loginPods, namespace, description } = workload;
  // With the first credential, there has never been another.
  if (!login || !loginPods || login.credential === 1) return;
  const labels = { "app.kubernetes.io/name": `${description.name}-migration` };
  const seconds = grace + PATIENCE_SECONDS;
  new Job(
    name,
    {
      metadata: { namespace, labels, annotations: { "pulumi.com/replaceUnready": "true" } },
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: seconds,
        template: {
          metadata: { labels, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
          spec: loginPods.shut(grace),
        },
      },
    },
    { parent, dependsOn: rolledOut, customTimeouts: { create: `${seconds + 60}s` } },
  );
}
