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
 * The one pod that has the database's file. A StatefulSet makes the next one only when this one is known to be gone,
 * even if its node is lost.
 */
export function singlePod(
  name: string,
  { workload, migration, ...stopping }: SinglePodArgs,
  { labels, ...names }: Target,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  const seconds = stopping.terminationGracePeriodSeconds;
  // The selector names the Job that migrated for this pod, and nobody may change a selector. So another Job means
  // another StatefulSet. The old Job is deleted before there is a new one, and whatever uses its name goes before it.
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
          // Each move of the pod is an outage. With this, Auto Mode moves it only to renew its node.
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
