import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Target } from "./autoscaling.ts";
import { explained } from "./explained.ts";
import type { Migration } from "./migration.ts";
import { PROGRESS_SECONDS, type Stopping, serving } from "./serving.ts";
import type { Workload } from "./workload.ts";

export interface SinglePodArgs extends Stopping {
  workload: Workload;
  migration?: Migration;
}

/**
 * The one pod that has the database's file. A StatefulSet makes no other before this one is known to be gone, also
 * when its node is lost.
 */
export function singlePod(
  name: string,
  { workload, migration, ...stopping }: SinglePodArgs,
  { labels, ...names }: Target,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  const seconds = stopping.terminationGracePeriodSeconds;
  // In the selector, which nobody may change, is the Job that migrated for this pod. Another Job is therefore another
  // StatefulSet; and since the old Job is deleted before there is a new one, what has its name goes before it.
  const own = { ...labels, ...workload.file?.labels, ...(migration && { migration: migration.jobName }) };
  new StatefulSet(
    name,
    {
      metadata: { ...names, labels },
      spec: {
        serviceName: names.name,
        replicas: 1,
        selector: { matchLabels: own },
        revisionHistoryLimit: 3,
        template: {
          // Each move of the pod is an outage. Auto Mode makes none to save a node, but renews nodes nevertheless.
          metadata: { labels: own, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
          spec: workload.pod(serving(workload.description, stopping), {
            terminationGracePeriodSeconds: seconds,
          }),
        },
      },
    },
    {
      parent,
      dependsOn,
      customTimeouts: {
        create: `${PROGRESS_SECONDS}s`,
        update: `${PROGRESS_SECONDS + seconds}s`,
        // Until the pod is gone.
        delete: `${PROGRESS_SECONDS + seconds}s`,
      },
      hooks: explained(name, { workload, labels, command: "serve" }, parent),
    },
  );
}
