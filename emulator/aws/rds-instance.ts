// rds.Instance: AWS' rules in front of a real PostgreSQL.
import { createInstance, deleteInstance, type Origin, updateInstance } from "../engines/postgres.ts";
import { accountId, arn, derived, newId, region, zoneNames } from "./account.ts";
import { ensureLogGroup } from "./cloudwatch.ts";
import { AwsError } from "./errors.ts";
import { missingManagedPolicies, refuseUntrusting } from "./iam.ts";
import { expectKey } from "./kms.ts";
import { keepBackups, refuseSnapshotName, restoreOf } from "./rds-backups.ts";
import { parameterGroups, parametersOf, subnetGroups } from "./rds-groups.ts";
import { fits, newStorage, newVersion, refuseShrinking } from "./rds-instance-changes.ts";
import { checkInstance, type InstanceInputs, instanceProperties } from "./rds-instance-properties.ts";
import { instances } from "./rds-instances.ts";
import { actualVersion, connectionLimit, majorVersion } from "./rds-tables.ts";
import { resourceType } from "./resource.ts";
import { checkSecurityGroups } from "./security-groups.ts";

const defaultVersion = "17";

function engineSettings({ instanceClass, parameterGroupName }: InstanceInputs) {
  const group = parameterGroupName ? parameterGroups.get(parameterGroupName) : undefined;
  return connectionLimit(instanceClass, group ? parametersOf(group) : {});
}

const defaultParameterGroup = (version: string): string => `default.postgres${majorVersion(version)}`;

function refuseParameterGroup(name: string | undefined, version: string): void {
  if (name === undefined || name === defaultParameterGroup(version)) return;
  const { family } = parameterGroups.expect(name);
  if (family === `postgres${majorVersion(version)}`) return;
  const message = `The parameter group ${name} with family ${family} can't be used for PostgreSQL ${version}`;
  throw new AwsError("InvalidParameterCombination", message);
}

/** What has to exist before the instance. */
function refuse(inputs: InstanceInputs, version: string): void {
  const { vpcId } = subnetGroups.expect(inputs.dbSubnetGroupName);
  checkSecurityGroups(inputs.vpcSecurityGroupIds ?? [], vpcId, "InvalidParameterValue");
  refuseParameterGroup(inputs.parameterGroupName, version);
  for (const key of [inputs.kmsKeyId, inputs.performanceInsightsKmsKeyId]) {
    if (key) expectKey(key, "KMSKeyNotAccessibleFault");
  }
  refuseMonitor(inputs.monitoringRoleArn);
}

/** RDS looks whether the role may write what it measures (claranet/terraform-aws-aurora#23, hashicorp/terraform#5455). */
function refuseMonitor(role: string | undefined): void {
  if (!role) return;
  refuseUntrusting(role, "monitoring.rds.amazonaws.com", ["sts:AssumeRole"], "InvalidParameterValue");
  const [missing] = missingManagedPolicies(role, ["AmazonRDSEnhancedMonitoringRole"]);
  if (missing) {
    const message = `IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING; attach ${missing}`;
    throw new AwsError("InvalidParameterValue", message);
  }
}

const originOf = (restore: Restore): Origin =>
  "snapshot" in restore
    ? { snapshot: restore.snapshot }
    : { resourceId: restore.source.resourceId, time: restore.time };

type Restore = NonNullable<ReturnType<typeof restoreOf>>;

/** The provider changes version and storage after a restore from a snapshot, and not after one to a point in time. */
const restoredVersion = (restore: Restore, inputs: InstanceInputs): string =>
  "snapshot" in restore ? newVersion(restore.source, inputs) : restore.source.engineVersionActual;

/** A restored volume keeps its key; database and master user are those that were backed up. */
function inheritance(restore: Restore, inputs: InstanceInputs) {
  const { dbName, username, storageEncrypted, kmsKeyId, allocatedStorage } = restore.source;
  const size = "snapshot" in restore ? (inputs.allocatedStorage ?? allocatedStorage) : allocatedStorage;
  return { dbName, username, storageEncrypted, kmsKeyId, allocatedStorage: size };
}

export const instance = resourceType({
  token: "aws:rds/instance:Instance",
  invalid: "InvalidParameterValue",
  table: instances,
  properties: instanceProperties,
  check: checkInstance,
  create(inputs) {
    const { identifier, engineVersion = defaultVersion } = inputs;
    if (instances.find((other) => other.identifier === identifier)) {
      throw new AwsError("DBInstanceAlreadyExists", `DB instance already exists: ${identifier}`);
    }
    const restore = restoreOf(inputs);
    const version = restore ? restoredVersion(restore, inputs) : (actualVersion(engineVersion) ?? "");
    refuse(inputs, version);
    if (restore && "snapshot" in restore) refuseShrinking(restore.source, inputs);
    const id = newId("db").toUpperCase().replace("DB", "db");
    const place = derived(`${accountId}/${region()}`, 12);
    return {
      id,
      resourceId: id,
      arn: arn("rds", `db:${identifier}`),
      address: `${identifier}.${place}.${region()}.rds.amazonaws.com`,
      availabilityZone: zoneNames()[0] ?? "",
      hostedZoneId: `Z${derived(region(), 13).toUpperCase()}`,
      status: "available",
      engineVersion: fits(version, engineVersion) ? engineVersion : version,
      engineVersionActual: version,
      ...(restore ? inheritance(restore, inputs) : { allocatedStorage: inputs.allocatedStorage ?? 0 }),
      parameterGroupName: inputs.parameterGroupName ?? defaultParameterGroup(version),
      storageType: inputs.storageType ?? "gp2",
      multiAz: inputs.multiAz ?? false,
      backupRetentionPeriod: inputs.backupRetentionPeriod ?? 0,
      engineLifecycleSupport: inputs.engineLifecycleSupport ?? "open-source-rds-extended-support",
      caCertIdentifier: inputs.caCertIdentifier ?? "rds-ca-rsa2048-g1",
    };
  },
  async start({ address, resourceId, username = "", backupRetentionPeriod = 0 }, inputs) {
    const { identifier, password, dbName, enabledCloudwatchLogsExports = [] } = inputs;
    const restore = restoreOf(inputs);
    const { port } = await createInstance({
      ...{ identifier, resourceId, address, username, password, databaseName: dbName },
      backupRetentionDays: backupRetentionPeriod,
      ...(restore && { origin: originOf(restore) }),
      ...engineSettings(inputs),
    });
    for (const log of enabledCloudwatchLogsExports) ensureLogGroup(`/aws/rds/instance/${identifier}/${log}`);
    return { port, endpoint: `${address}:${port}` };
  },
  update(current, inputs) {
    if (current.identifier !== inputs.identifier) {
      const message = `the emulator can't rename ${current.identifier} to ${inputs.identifier}; delete it first`;
      throw new AwsError("NotSupported", message);
    }
    const allocatedStorage = newStorage(current, inputs);
    const engineVersionActual = newVersion(current, inputs);
    refuse(inputs, engineVersionActual);
    return { engineVersionActual, allocatedStorage };
  },
  async change({ parameterGroupName, backupRetentionPeriod, ...current }, inputs) {
    const { identifier, password } = inputs;
    const [old, next] = [
      engineSettings({ ...current, parameterGroupName }),
      engineSettings({ parameterGroupName, ...inputs }),
    ];
    const isSame = JSON.stringify(old) === JSON.stringify(next);
    const days = inputs.backupRetentionPeriod ?? backupRetentionPeriod;
    await updateInstance({
      ...{ identifier, username: current.username, password },
      ...(isSame ? {} : next),
      ...(days === backupRetentionPeriod ? {} : { backupRetentionDays: days }),
    });
  },
  delete({ identifier, deletionProtection, skipFinalSnapshot, finalSnapshotIdentifier }) {
    if (deletionProtection) {
      const message = `Cannot delete protected DB Instance ${identifier}, please disable deletion protection and try again.`;
      throw new AwsError("InvalidParameterCombination", message);
    }
    if (skipFinalSnapshot) return;
    if (finalSnapshotIdentifier === undefined) {
      const message = `FinalDBSnapshotIdentifier is required unless skipFinalSnapshot is true: ${identifier}`;
      throw new AwsError("InvalidParameterCombination", message);
    }
    refuseSnapshotName(finalSnapshotIdentifier);
  },
  async stop(deleted) {
    const { identifier, skipFinalSnapshot, finalSnapshotIdentifier } = deleted;
    const kept = {
      backups: !deleted.deleteAutomatedBackups && Boolean(deleted.backupRetentionPeriod),
      ...(!skipFinalSnapshot && { snapshot: finalSnapshotIdentifier }),
    };
    // Before what is archived last: a time after that can't be restored.
    const deletedAt = new Date().toISOString();
    await deleteInstance(identifier, kept);
    keepBackups(deleted, { ...kept, deletedAt });
  },
});
