// The inputs of rds.Instance, and the rules between them.

import {
  between,
  boolean,
  matching,
  number,
  object,
  oneOf,
  set,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { AwsError } from "./errors.ts";
import { actualVersion, instanceClasses, offeredVersions } from "./rds-tables.ts";

const day = "(?:mon|tue|wed|thu|fri|sat|sun)";
const time = "(?:[01]\\d|2[0-3]):[0-5]\\d";

/** Less is rounded up to it (ModifyDBInstance, AllocatedStorage). */
export const leastGrowth = (from: number): number => Math.ceil((from * 11) / 10);

export const grownByItself = (old = 0, next = 0, maximum: unknown = 0): boolean =>
  old > next && Number(maximum) > next;

export const instanceProperties = {
  identifier: string({
    autoName: true,
    // A renamed instance is the same one on AWS; the emulator's engine can't rename, and says so in `update`.
    constraint: matching(
      /^[a-z](?:-?[a-z0-9]){0,62}$/,
      "1 to 63 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen",
    ),
  }),
  engine: string({ required: true, replaceOnChange: true, constraint: oneOf("postgres") }),
  engineVersion: string({
    computed: true,
    constraint: {
      test: (version) => actualVersion(version) !== undefined,
      allowed: offeredVersions.join(", "),
      code: "InvalidParameterCombination",
    },
  }),
  instanceClass: string({ required: true, constraint: oneOf(...instanceClasses) }),
  allocatedStorage: number({
    computed: true,
    constraint: between(20, 65536),
    // What RDS has grown by itself is no difference (terraform-provider-aws, DiffSuppressFunc of allocated_storage).
    isSame: (old, next, { maxAllocatedStorage }) => grownByItself(old, next, maxAllocatedStorage),
  }),
  maxAllocatedStorage: number({ constraint: between(0, 65536) }),
  storageType: string({ computed: true, constraint: oneOf("gp2", "gp3") }),
  storageEncrypted: boolean({ default: false, replaceOnChange: true }),
  kmsKeyId: string({ computed: true, replaceOnChange: true }),
  // RDS can do without a first database; the engine behind this one can't. A restored one has it already.
  dbName: string({
    computed: true,
    replaceOnChange: true,
    constraint: matching(
      /^(?!db$|postgres$)[a-z_]\w{0,62}$/i,
      "1 to 63 letters, digits and _, not a reserved word",
    ),
  }),
  username: string({
    computed: true,
    replaceOnChange: true,
    constraint: matching(
      /^(?!(?:admin|rdsadmin)$)[a-z]\w{0,62}$/i,
      "1 to 63 letters, digits and _, starting with a letter, neither admin nor rdsadmin",
    ),
  }),
  password: string({
    required: true,
    sensitive: true,
    constraint: matching(/^[!#-.0-?A-~]{8,128}$/, '8 to 128 printable characters other than / " @ and space'),
  }),
  dbSubnetGroupName: string({ required: true }),
  vpcSecurityGroupIds: set(string(), { computed: true }),
  parameterGroupName: string({ computed: true }),
  multiAz: boolean({ computed: true }),
  publiclyAccessible: boolean({ default: false }),
  // The engine behind it listens on this one alone.
  port: number({ computed: true, constraint: oneOf(5432) }),
  backupRetentionPeriod: number({ computed: true, constraint: between(0, 35) }),
  backupWindow: string({
    computed: true,
    constraint: matching(new RegExp(`^${time}-${time}$`), "hh:mm-hh:mm in UTC"),
  }),
  maintenanceWindow: string({
    computed: true,
    constraint: matching(new RegExp(`^${day}:${time}-${day}:${time}$`, "i"), "ddd:hh:mm-ddd:hh:mm in UTC"),
  }),
  copyTagsToSnapshot: boolean({ default: false }),
  deleteAutomatedBackups: boolean({ default: true }),
  deletionProtection: boolean(),
  skipFinalSnapshot: boolean({ default: false }),
  finalSnapshotIdentifier: string({
    constraint: matching(
      /^[a-z](?:-?[a-z0-9]){0,254}$/i,
      "letters, digits and single hyphens, starting with a letter",
    ),
  }),
  performanceInsightsEnabled: boolean({ default: false }),
  performanceInsightsKmsKeyId: string({ computed: true }),
  performanceInsightsRetentionPeriod: number({
    computed: true,
    constraint: {
      test: (days) => days === 7 || days === 731 || (days % 31 === 0 && days >= 31 && days <= 713),
      allowed: "7, 731, or a multiple of 31 up to 713",
    },
  }),
  enabledCloudwatchLogsExports: set(
    string({ constraint: oneOf("postgresql", "upgrade", "iam-db-auth-error") }),
  ),
  caCertIdentifier: string({
    computed: true,
    constraint: oneOf("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"),
  }),
  engineLifecycleSupport: string({
    computed: true,
    // Chosen once, when an instance is made or restored (RDS user guide, extended-support-creating-db-instance).
    replaceOnChange: true,
    constraint: oneOf("open-source-rds-extended-support", "open-source-rds-extended-support-disabled"),
  }),
  autoMinorVersionUpgrade: boolean({ default: true }),
  allowMajorVersionUpgrade: boolean(),
  applyImmediately: boolean({ computed: true }),
  iamDatabaseAuthenticationEnabled: boolean(),
  monitoringInterval: number({ default: 0, constraint: oneOf(0, 1, 5, 10, 15, 30, 60) }),
  monitoringRoleArn: string({ computed: true }),
  // Leaving it out later changes nothing (terraform-provider-aws: optional and computed).
  snapshotIdentifier: string({ computed: true, replaceOnChange: true }),
  restoreToPointInTime: object(
    {
      restoreTime: string({
        constraint: {
          test: (time) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) && !Number.isNaN(Date.parse(time)),
          allowed: "a time in UTC, such as 2026-11-25T10:30:00Z",
        },
      }),
      useLatestRestorableTime: boolean(),
      sourceDbInstanceIdentifier: string(),
      sourceDbiResourceId: string(),
    },
    // As a whole only: another time by itself is an update without effect (terraform-provider-aws#16871).
    { replaceOnChange: (old, next) => (old === undefined) !== (next === undefined) },
  ),
  tags,
};

export type InstanceInputs = Values<typeof instanceProperties>;

const combination = (message: string) => new AwsError("InvalidParameterCombination", message);

/** What a new instance must be told, and one from a backup brings with it. */
function checkOrigin(inputs: InstanceInputs): void {
  const { snapshotIdentifier, restoreToPointInTime } = inputs;
  if (snapshotIdentifier && restoreToPointInTime) {
    throw combination("snapshotIdentifier conflicts with restoreToPointInTime");
  }
  if (restoreToPointInTime) {
    const { restoreTime, useLatestRestorableTime, ...source } = restoreToPointInTime;
    if ((restoreTime === undefined) === !useLatestRestorableTime || Object.keys(source).length !== 1) {
      throw combination(
        "restoreToPointInTime needs restoreTime or useLatestRestorableTime: true, and one source: sourceDbInstanceIdentifier or sourceDbiResourceId",
      );
    }
  }
  if (snapshotIdentifier || restoreToPointInTime) return;
  for (const name of ["allocatedStorage", "dbName", "username"] as const) {
    if (inputs[name] === undefined) throw new AwsError("MissingParameter", `${name} is required`);
  }
}

export function checkInstance(inputs: InstanceInputs): void {
  checkOrigin(inputs);
  const { allocatedStorage, maxAllocatedStorage } = inputs;
  if (maxAllocatedStorage && allocatedStorage && maxAllocatedStorage < leastGrowth(allocatedStorage)) {
    const got = `maxAllocatedStorage ${maxAllocatedStorage}, allocatedStorage ${allocatedStorage}`;
    throw combination(`Max storage size must be at least 10% greater than storage size; got ${got}`);
  }
  if (inputs.kmsKeyId !== undefined && inputs.storageEncrypted === false) {
    throw combination("kmsKeyId needs storageEncrypted: true");
  }
  const insights = inputs.performanceInsightsKmsKeyId ?? inputs.performanceInsightsRetentionPeriod;
  if (insights !== undefined && inputs.performanceInsightsEnabled === false) {
    throw combination(
      "performanceInsightsKmsKeyId and -RetentionPeriod need performanceInsightsEnabled: true",
    );
  }
  if (isUnknown(inputs.monitoringInterval)) return;
  if (inputs.monitoringInterval > 0 !== (inputs.monitoringRoleArn !== undefined)) {
    throw combination("A monitoringRoleArn is needed by a monitoringInterval above 0, and only then");
  }
}
