// What `pulumi destroy` would refuse to delete, and what would outlive it.
import type { Step } from "./graph.ts";

export interface Obstacle {
  resource: string;
  type: string;
  why: string;
}

export interface Destroy {
  blocks: Obstacle[];
  leavesBehind: Obstacle[];
}

type Reason = false | string;

export function destroy(steps: Step[]): Destroy {
  const tell = (reasons: (step: Step) => Reason[]) =>
    steps.flatMap((step) =>
      reasons(step).flatMap((why) => (why ? [{ resource: step.name, type: step.type, why }] : [])),
    );
  return { blocks: tell(blocking), leavesBehind: tell(leaving) };
}

function blocking({ type, protect, inputs }: Step): Reason[] {
  return [
    protect && "protected in Pulumi",
    inputs.deletionProtection === true && "deletionProtection in AWS",
    type === "aws:ecr/repository:Repository" &&
      inputs.forceDelete !== true &&
      "AWS deletes no repository that still has images: forceDelete is off",
  ];
}

function leaving({ type, protect, retainOnDelete, inputs }: Step): Reason[] {
  const is = (one: string) => type === one;
  return [
    is("aws:rds/instance:Instance") &&
      inputs.skipFinalSnapshot !== true &&
      `a final snapshot, ${inputs.finalSnapshotIdentifier ?? "without the name that AWS requires"}`,
    is("aws:rds/instance:Instance") &&
      inputs.deleteAutomatedBackups === false &&
      `automated backups for ${inputs.backupRetentionPeriod} days`,
    // A protected database has to lose its protection before it goes, and then isn't retained any more.
    retainOnDelete &&
      (!protect || is("aws:s3/bucket:Bucket")) &&
      "itself, until somebody deletes it: Pulumi only forgets it",
    is("kubernetes:storage.k8s.io/v1:StorageClass") &&
      inputs.reclaimPolicy === "Retain" &&
      "the volumes of its claims, until somebody deletes them",
    is("aws:kms/key:Key") &&
      !retainOnDelete &&
      `the key, for ${inputs.deletionWindowInDays ?? 30} days until AWS deletes it`,
    is("aws:secretsmanager/secret:Secret") &&
      inputs.recoveryWindowInDays !== 0 &&
      `the secret, for ${inputs.recoveryWindowInDays ?? 30} days until AWS deletes it`,
  ];
}
