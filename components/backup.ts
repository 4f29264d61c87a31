import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { DatabaseFile } from "./database-file.ts";
import { podSpec } from "./pod.ts";
import { AWS, policy } from "./policies.ts";
import { keepForDays, keepPrivate } from "./private-bucket.ts";
import { type Script, script } from "./script.ts";
import { serviceAccount } from "./service-account.ts";
import type { Workload } from "./workload.ts";

/** Each hour, but not on the hour, when everybody else's run. */
const SCHEDULE = "17 * * * *";

/** How long what was deleted or overwritten in the bucket can be had back. */
const UNDELETE_DAYS = 7;

export interface BackupArgs {
  workload: Workload;
  file: DatabaseFile;
  cluster: Cluster;
  /** Has `python3`, 3.11 or newer. */
  image: pulumi.Input<string>;
  /** How far back the database can be restored. */
  backupRetentionDays: number;
  /** Keep the copies when the stack is destroyed. */
  finalSnapshot: boolean;
  /** Refuse to delete the copies. */
  protect: boolean;
}

/** A copy of SQLite's file, each hour and while it is in use, in S3. */
export class Backup extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Backup", name, {}, opts);
    const prefix = `${args.workload.description.name}/`;
    const bucket = copies(name, args, this);
    const account = serviceAccount(
      name,
      {
        cluster: args.cluster,
        namespace: args.workload.namespace,
        accountName: `${args.workload.description.name}-backup`,
        roleName: name,
        roleDescription: "Writes copies of the database to S3",
        policy: mayPut(pulumi.interpolate`${bucket.arn}/${prefix}*`),
      },
      this,
    );
    const { namespace } = args.workload;
    const copy = script(`${name}-script`, "backup", ["backup.py"], namespace, this);
    hourly(name, args, { account, copy, bucket: bucket.bucket, prefix }, this);

    this.bucket = bucket.bucket;
    this.registerOutputs();
  }
}

function copies(
  name: string,
  { backupRetentionDays, finalSnapshot, protect }: BackupArgs,
  parent: Backup,
): Bucket {
  // The bucket's guards stay as long as the copies.
  const kept = { parent, retainOnDelete: finalSnapshot };
  const bucket = new Bucket(`${name}-bucket`, { forceDestroy: !finalSnapshot }, { ...kept, protect });
  keepPrivate(name, bucket, kept);
  keepForDays(name, bucket.bucket, { days: backupRetentionDays, undeleteDays: UNDELETE_DAYS }, kept);
  return bucket;
}

/** It may only put objects there. It may not even read or list them. */
function mayPut(objects: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:PutObject", Resource: objects }],
  });
}

interface Wiring {
  account: pulumi.Output<string>;
  copy: Script;
  bucket: pulumi.Output<string>;
  prefix: string;
}

function hourly(name: string, args: BackupArgs, { account, copy, bucket, prefix }: Wiring, parent: Backup) {
  const { file, workload, image } = args;
  const { description, namespace } = workload;
  const { region } = getRegionOutput({}, { parent });
  const labels = { "app.kubernetes.io/name": `${description.name}-backup`, ...file.labels };
  const ways = policy(
    `${name}-ways`,
    { namespace, policyName: `${description.name}-backup`, labels, to: AWS },
    { parent },
  );
  const env = {
    BACKUP_FILE: file.path,
    BACKUP_BUCKET: bucket,
    BACKUP_PREFIX: prefix,
    AWS_REGION: region,
  };
  const pod = podSpec(
    {
      account,
      image,
      variables: { env: Object.entries(env).map(([name, value]) => ({ name, value })) },
      mounts: [file.mount, copy.mount],
      resources: {
        requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
        limits: { memory: "128Mi", "ephemeral-storage": "64Mi" },
      },
      sharing: file,
    },
    {
      name: "backup",
      command: copy.command,
      terminationMessagePolicy: "FallbackToLogsOnError",
    },
    { restartPolicy: "Never", affinity: file.sameNode },
  );
  new CronJob(
    `${name}-hourly`,
    {
      metadata: { name: `${description.name}-backup`, namespace, labels },
      spec: {
        schedule: SCHEDULE,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            // Each one has ended before the next begins.
            activeDeadlineSeconds: 3000,
            template: {
              metadata: { labels, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
              spec: pod,
            },
          },
        },
      },
    },
    { parent, dependsOn: [workload.isolation, ways] },
  );
}
