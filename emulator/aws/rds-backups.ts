// What RDS keeps of instances besides themselves, and what a new instance is restored from.
import { earliestRestorableTime } from "../engines/postgres.ts";
import { arn } from "./account.ts";
import { AwsError } from "./errors.ts";
import { type Instance, instances } from "./rds-instances.ts";
import { type Identified, table } from "./store.ts";

/** A backup has all that its instance can't be made without. */
const inherited = [
  "resourceId",
  "engineVersionActual",
  "allocatedStorage",
  "dbName",
  "username",
  "storageEncrypted",
  "kmsKeyId",
] as const satisfies (keyof Instance)[];

export type Source = Pick<Instance, (typeof inherited)[number]>;

interface Backup extends Identified, Source {
  instance: string;
  createdAt: string;
}

const snapshots = table<Backup>("rds/snapshot", { code: "DBSnapshotNotFound", noun: "DBSnapshot" });

/** What `deleteAutomatedBackups: false` leaves of an instance, by its resource id. */
const retainedBackups = table<Backup>("rds/automatedBackup", {
  code: "DBInstanceAutomatedBackupNotFound",
  noun: "automated backup",
});

export function refuseSnapshotName(name: string): void {
  if (!snapshots.get(name)) return;
  const message = `Cannot create the snapshot because one with the identifier ${name} already exists.`;
  throw new AwsError("DBSnapshotAlreadyExists", message);
}

const backupOf = (instance: Instance, id: string, createdAt: string): Backup => ({
  id,
  instance: instance.identifier,
  createdAt,
  ...(Object.fromEntries(inherited.map((name) => [name, instance[name]])) as Source),
});

export function keepBackups(
  instance: Instance,
  { snapshot, backups, deletedAt }: { snapshot?: string; backups: boolean; deletedAt: string },
) {
  if (backups) retainedBackups.put(backupOf(instance, instance.resourceId, deletedAt));
  if (snapshot) snapshots.put(backupOf(instance, snapshot, deletedAt));
}

interface Request {
  snapshotIdentifier?: string;
  restoreToPointInTime?: {
    restoreTime?: string;
    sourceDbInstanceIdentifier?: string;
    sourceDbiResourceId?: string;
  };
}

type Restore = { source: Source; snapshot: string } | { source: Source; time?: string };

/** Undefined for an instance that begins empty. */
export function restoreOf({ snapshotIdentifier, restoreToPointInTime }: Request): Restore | undefined {
  if (snapshotIdentifier) {
    const snapshot = snapshotIdentifier.replace(arn("rds", "snapshot:"), "");
    return { source: snapshots.expect(snapshot), snapshot };
  }
  if (!restoreToPointInTime) return undefined;
  const source = sourceInTime(restoreToPointInTime);
  const { restoreTime } = restoreToPointInTime;
  refuseTime(source.resourceId, restoreTime);
  return { source, time: restoreTime };
}

function sourceInTime({
  sourceDbInstanceIdentifier: identifier,
  sourceDbiResourceId: resourceId = "",
}: NonNullable<Request["restoreToPointInTime"]>): Source {
  const living = instances.find((one) => one.identifier === identifier || one.resourceId === resourceId);
  if (living?.backupRetentionPeriod) return living;
  if (living) {
    const message = `Point-in-time restore isn't enabled for ${living.identifier}: its backupRetentionPeriod is 0`;
    throw new AwsError("PointInTimeRestoreNotEnabled", message);
  }
  if (identifier) throw new AwsError("DBInstanceNotFound", `DBInstance ${identifier} not found.`);
  return retainedBackups.expect(resourceId);
}

function refuseTime(resourceId: string, time: string | undefined): void {
  const earliest = earliestRestorableTime(resourceId);
  const latest = retainedBackups.get(resourceId)?.createdAt ?? new Date().toISOString();
  const at = Date.parse(time ?? latest);
  if (earliest && at >= earliest.getTime() && at <= Date.parse(latest)) return;
  const range = earliest ? `${earliest.toISOString()} to ${latest}` : "none yet";
  const message = `The specified instance cannot be restored to ${time ?? "its latest"}; restorable: ${range}`;
  throw new AwsError("InvalidParameterValue", message);
}
