import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { explained } from "./explained.ts";
import type { Pod } from "./pod.ts";
import { policy } from "./policies.ts";
import { type Script, script } from "./script.ts";
import type { Workload } from "./workload.ts";

export interface MigrationArgs {
  workload: Workload;
  /** Brings the schema to the image's, and ends. Without it, the service's login is all that there is to make. */
  command?: readonly string[];
  /** With Alembic, a database that is newer than the image is left alone: after a rollback. */
  tool?: "alembic" | "other";
  /** What must exist before the database can be reached. */
  after: pulumi.Resource[];
  /** Retries of a failed migration. */
  backoffLimit: number;
  /** Longest that it may take, retries included. */
  deadlineSeconds: number;
}

/** Opens the service's login, and brings the database's schema to the image's. A new image or setting means a new Job. */
export class Migration extends pulumi.ComponentResource {
  /** To wait for, and nothing else: a resource that uses its outputs would be deleted with it. */
  readonly job: pulumi.Resource;
  /** Only for what must be gone before the next migration begins: the pod that has the database's file. */
  readonly jobName: pulumi.Output<string>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Migration", name, {}, opts);

    // None of the app's selectors may match these, or migrating pods would get requests.
    const { namespace, description, file } = args.workload;
    const labels = { "app.kubernetes.io/name": `${description.name}-migration`, ...file?.labels };
    const ways = policy(
      `${name}-ways`,
      {
        namespace,
        policyName: `${description.name}-migration`,
        labels,
        to: args.workload.toDatabase,
      },
      { parent: this },
    );
    const alembic =
      args.tool === "alembic"
        ? script(`${name}-script`, "migration", ["run_alembic.py"], namespace, this)
        : undefined;
    const job = new Job(
      `${name}-job`,
      {
        metadata: {
          namespace,
          labels,
          // After a failure, the next `pulumi up` tries again without anybody deleting the Job.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        // No ttlSecondsAfterFinished: a Job that is gone looks like drift and would run again.
        spec: {
          backoffLimit: args.backoffLimit,
          activeDeadlineSeconds: args.deadlineSeconds,
          template: {
            // EKS Auto Mode would otherwise move a long migration to save a node.
            metadata: { labels, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
            spec: migrating(args, alembic),
          },
        },
      },
      {
        parent: this,
        dependsOn: [...args.after, args.workload.isolation, ways],
        // Two migrations never run side by side; a name of ours would clash with the old one's.
        deleteBeforeReplace: true,
        // Longer than the Job's own limit, whose message is the better one.
        customTimeouts: { create: `${args.deadlineSeconds + 60}s` },
        hooks: explained(name, { workload: args.workload, labels, command: "migrations.command" }, this),
      },
    );
    this.job = job;
    this.jobName = job.metadata.name;
    args.workload.login?.publish(`${name}-login`, job, this);
    this.registerOutputs();
  }
}

function migrating({ workload, command }: MigrationArgs, alembic?: Script): Pod {
  const { loginPods } = workload;
  if (!command) {
    if (loginPods) return loginPods.open;
    throw new Error(`${workload.description.name} has neither migrations nor a login that a Job could make`);
  }
  const pod = workload.ownerPod(
    {
      name: "migration",
      ...(alembic ? { command: alembic.command, args: [...command] } : { command: [...command] }),
      // Puts the log's end, with the tool's error, into the output of `pulumi up`.
      terminationMessagePolicy: "FallbackToLogsOnError",
    },
    { restartPolicy: "Never" },
    alembic ? [alembic.mount] : [],
  );
  return loginPods ? loginPods.opening(pod) : pod;
}
