// rds.Instance: AWS' rules in front of a real PostgreSQL.
import { createInstance, deleteInstance, updateInstance } from "../engines/postgres.ts";
import { accountId, arn, derived, newId, region, zoneNames } from "./account.ts";
import { ensureLogGroup } from "./cloudwatch.ts";
import { AwsError } from "./errors.ts";
import { refuseUntrusting } from "./iam.ts";
import { expectKey } from "./kms.ts";
import { parameterGroups, parametersOf, subnetGroups } from "./rds-groups.ts";
import { checkInstance, type InstanceInputs, instanceProperties } from "./rds-instance-properties.ts";
import { actualVersion, defaultMaxConnections, majorVersion } from "./rds-tables.ts";
import { resourceType } from "./resource.ts";
import { checkSecurityGroups } from "./security-groups.ts";
import { type Identified, table } from "./store.ts";

interface Instance extends Identified, InstanceInputs {
  arn: string;
  resourceId: string;
  address: string;
  engineVersionActual: string;
  availabilityZone: string;
  hostedZoneId: string;
  status: string;
  endpoint?: string;
}

export const instances = table<Instance>("rds/instance", { code: "DBInstanceNotFound", noun: "DBInstance" });

interface Snapshot extends Identified {
  instance: string;
  createdAt: string;
}

const snapshots = table<Snapshot>("rds/snapshot", { code: "DBSnapshotNotFound", noun: "DBSnapshot" });

/** What `deleteAutomatedBackups: false` leaves of an instance. */
const retainedBackups = table<Snapshot>("rds/automatedBackup", {
  code: "DBInstanceAutomatedBackupNotFound",
  noun: "automated backup",
});

const defaultVersion = "17";

/** PostgreSQL's own limit of connections, which the class decides unless a parameter does. */
export function connectionLimit(
  instanceClass: string,
  { max_connections: limit, ...parameters }: Record<string, string>,
) {
  return { maxConnections: Number(limit ?? defaultMaxConnections(instanceClass)), parameters };
}

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
  const { monitoringRoleArn } = inputs;
  if (!monitoringRoleArn) return;
  refuseUntrusting(
    monitoringRoleArn,
    "monitoring.rds.amazonaws.com",
    ["sts:AssumeRole"],
    "InvalidParameterValue",
  );
}

function newVersion(current: Instance, { engineVersion, allowMajorVersionUpgrade }: InstanceInputs): string {
  const from = current.engineVersionActual;
  // A prefix that still fits asks for nothing new.
  if (!engineVersion || `${from}.`.startsWith(`${engineVersion}.`)) return from;
  const to = actualVersion(engineVersion) ?? "";
  const [oldMajor = 0, oldMinor = 0] = from.split(".").map(Number);
  const [newMajor = 0, newMinor = 0] = to.split(".").map(Number);
  if (newMajor < oldMajor || (newMajor === oldMajor && newMinor < oldMinor)) {
    throw new AwsError("InvalidParameterCombination", `Cannot upgrade postgres from ${from} to ${to}`);
  }
  if (newMajor > oldMajor && !allowMajorVersionUpgrade) {
    const message = `The AllowMajorVersionUpgrade flag must be present when upgrading from ${from} to ${to}`;
    throw new AwsError("InvalidParameterCombination", message);
  }
  return to;
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
    const version = actualVersion(engineVersion) ?? "";
    refuse(inputs, version);
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
      engineVersion,
      engineVersionActual: version,
      parameterGroupName: inputs.parameterGroupName ?? defaultParameterGroup(version),
      storageType: inputs.storageType ?? "gp2",
      multiAz: inputs.multiAz ?? false,
      backupRetentionPeriod: inputs.backupRetentionPeriod ?? 0,
      caCertIdentifier: inputs.caCertIdentifier ?? "rds-ca-rsa2048-g1",
    };
  },
  async start({ address }, inputs) {
    const { identifier, username, password, dbName, enabledCloudwatchLogsExports = [] } = inputs;
    const { port } = await createInstance({
      ...{ identifier, address, username, password },
      databaseName: dbName,
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
    if (inputs.allocatedStorage < current.allocatedStorage) {
      const message = `Requested storage size ${inputs.allocatedStorage} cannot be less than the current ${current.allocatedStorage}`;
      throw new AwsError("InvalidParameterCombination", message);
    }
    const engineVersionActual = newVersion(current, inputs);
    refuse(inputs, engineVersionActual);
    return { engineVersionActual };
  },
  async change({ parameterGroupName, ...current }, inputs) {
    const { identifier, username, password } = inputs;
    const [old, next] = [
      engineSettings({ ...current, parameterGroupName }),
      engineSettings({ parameterGroupName, ...inputs }),
    ];
    const isSame = JSON.stringify(old) === JSON.stringify(next);
    await updateInstance({ identifier, username, password, ...(isSame ? {} : next) });
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
    if (snapshots.get(finalSnapshotIdentifier)) {
      const message = `Cannot create the snapshot because one with the identifier ${finalSnapshotIdentifier} already exists.`;
      throw new AwsError("DBSnapshotAlreadyExists", message);
    }
  },
  async stop(deleted) {
    const { id, identifier, finalSnapshotIdentifier } = deleted;
    await deleteInstance(identifier);
    const kept = { instance: identifier, createdAt: new Date().toISOString() };
    const keepsBackups = !deleted.deleteAutomatedBackups && deleted.backupRetentionPeriod;
    if (keepsBackups) retainedBackups.put({ ...kept, id });
    if (deleted.skipFinalSnapshot || !finalSnapshotIdentifier) return;
    snapshots.put({ ...kept, id: finalSnapshotIdentifier });
  },
});
