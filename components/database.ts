import { createHash } from "node:crypto";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Key as KmsKey } from "@pulumi/aws/kms/key.js";
import { Instance as RdsInstance, type InstanceArgs as RdsInstanceArgs } from "@pulumi/aws/rds/instance.js";
import { ParameterGroup } from "@pulumi/aws/rds/parameterGroup.js";
import { SubnetGroup } from "@pulumi/aws/rds/subnetGroup.js";
import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { databaseName } from "../description/database-name.ts";
import { type InstanceClass, maxConnections } from "./instance-classes.ts";
import { logGroup } from "./logs.ts";
import type { Network } from "./network.ts";
import { role } from "./role.ts";
import { refuseGrowth } from "./storage-growth.ts";

export interface DatabaseArgs {
  /** Name of the instance in AWS. */
  identifier: string;
  /** Whose data it holds: of the database in it, and of the user that owns it. */
  serviceName: string;
  network: Network;
  instanceClass: InstanceClass;
  /** PostgreSQL version: a major one, or a minor one to stay at. */
  engineVersion: string;
  storageGiB: number;
  /** Size up to which the volume grows by itself; 0 for not at all. */
  maxStorageGiB: number;
  /** Keep a standby in another zone. */
  multiAz: boolean;
  /** How far back the database can be restored. */
  backupRetentionDays: number;
  /** Keep a last snapshot and the automated backups when the database is deleted. */
  finalSnapshot: boolean;
  /** Refuse to delete the database; whatever replaces it then leaves it in AWS. */
  protect: boolean;
  /** Begin with this snapshot's data. */
  restoreSnapshot?: string;
  /** Begin with another instance's data of this time, in RFC 3339 and UTC. */
  restoreTime?: string;
  /** That instance's identifier, or the resource id of a deleted one. @default `identifier` */
  restoreSource?: string;
}

/** PostgreSQL on RDS: in private subnets, encrypted, over TLS alone, with its credentials in Secrets Manager. */
export class Database extends pulumi.ComponentResource {
  /** Name of the instance in AWS: another one after a restore. */
  readonly identifier: pulumi.Output<string>;
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  /** Of the subnets that it is in, now or after a failover. */
  readonly cidrs: readonly string[];
  readonly name: pulumi.Output<string>;
  readonly username: pulumi.Output<string>;
  /** A Pulumi secret. */
  readonly password: pulumi.Output<string>;
  /** Of the key that encrypts it, its backups and the secrets about it. */
  readonly keyArn: pulumi.Output<string>;
  /** The secret with all of the above as JSON. */
  readonly secretArn: pulumi.Output<string>;
  /** Lets nobody in by itself. */
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Database", name, {}, opts);
    const child = { parent: this };

    const key = new KmsKey(
      `${name}-key`,
      { description: "Database, its backups, insights and credentials", enableKeyRotation: true },
      // Without its key, no snapshot can be read.
      { ...child, retainOnDelete: args.finalSnapshot },
    );
    // Letters and digits alone survive URLs, shells and connection strings unquoted.
    const password = new RandomPassword(`${name}-password`, { length: 40, special: false }, child);
    const group = new SecurityGroup(
      `${name}-access`,
      { vpcId: args.network.vpcId, description: "Who may reach the database" },
      child,
    );
    const instance = postgres(name, args, key, password, group, this);

    this.identifier = instance.identifier;
    this.address = instance.address;
    this.port = instance.port;
    this.cidrs = args.network.cidrs.database;
    this.name = pulumi.output(databaseName(args.serviceName));
    this.username = instance.username;
    this.password = pulumi.secret(password.result);
    this.securityGroupId = group.id;
    this.keyArn = key.arn;
    this.secretArn = keepCredentials(name, args, key, this);
    this.registerOutputs();
  }
}

const LOGS = ["postgresql", "upgrade"];

function postgres(
  name: string,
  args: DatabaseArgs,
  key: KmsKey,
  password: RandomPassword,
  group: SecurityGroup,
  parent: Database,
): RdsInstance {
  const subnets = new SubnetGroup(
    `${name}-subnets`,
    { subnetIds: args.network.databaseSubnetIds },
    { parent },
  );
  const parameters = parameterGroup(`${name}-parameters`, args, parent);
  const origin = originOf(args);
  // Another instance than the one before: that one is there until the service has left it.
  const identifier = origin
    ? `${args.identifier.slice(0, 54).replace(/-$/, "")}-${origin.id}`
    : args.identifier;
  const logs = LOGS.map((log) =>
    logGroup(`${name}-logs-${log}`, `/aws/rds/instance/${identifier}/${log}`, parent, {
      retainOnDelete: args.protect,
    }),
  );
  const monitor = role(
    `${name}-monitoring`,
    "monitoring.rds.amazonaws.com",
    ["service-role/AmazonRDSEnhancedMonitoringRole"],
    parent,
  );
  return new RdsInstance(
    `${name}-postgres`,
    {
      identifier,
      ...(origin?.inputs ?? { dbName: databaseName(args.serviceName), kmsKeyId: key.arn }),
      engine: "postgres",
      engineVersion: args.engineVersion,
      // A minor version that was asked for stays; a major one alone gets AWS' patches.
      autoMinorVersionUpgrade: !args.engineVersion.includes("."),
      allowMajorVersionUpgrade: true,
      // AWS would enrol it in Extended Support, which is charged for each vCPU and hour. A version at its end is
      // upgraded instead: the preview warns 60 days before.
      engineLifecycleSupport: "open-source-rds-extended-support-disabled",
      // The checks trust the class and max_connections that the settings name: they hold when `up` has ended.
      applyImmediately: true,
      instanceClass: args.instanceClass,
      username: databaseName(args.serviceName),
      password: password.result,
      parameterGroupName: parameters.name,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [group.id],
      publiclyAccessible: false,
      multiAz: args.multiAz,
      allocatedStorage: args.storageGiB,
      // The provider then takes a volume that has grown for no difference.
      maxAllocatedStorage: args.maxStorageGiB,
      storageType: "gp3",
      storageEncrypted: true,
      backupRetentionPeriod: args.backupRetentionDays,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: !args.finalSnapshot,
      deletionProtection: args.protect,
      skipFinalSnapshot: !args.finalSnapshot,
      // A snapshot outlives its stack; the subnet group's generated name keeps the next stack's apart.
      finalSnapshotIdentifier: args.finalSnapshot
        ? pulumi.interpolate`${subnets.name}-${origin ? `${origin.id}-` : ""}final`
        : undefined,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: key.arn,
      // Which process takes the CPU, the memory or the disk: the alarms, by the minute as well, don't say that.
      monitoringInterval: 60,
      monitoringRoleArn: monitor.arn,
      enabledCloudwatchLogsExports: LOGS,
    },
    {
      parent,
      protect: args.protect,
      retainOnDelete: args.protect,
      dependsOn: [...logs, ...monitor.attachments],
      hooks: { beforeUpdate: [growth(name)] },
      // AWS would rename the instance, and not restore another time's data (terraform-provider-aws#16871).
      replaceOnChanges: ["identifier"],
      // RDS takes it when an instance is made or restored, and not later.
      ignoreChanges: ["engineLifecycleSupport"],
      // Two instances can't share the identifier, which the names of the log groups are made from. What a
      // replacement deletes first is gone but for its snapshot: `protect` refuses it at preview.
      deleteBeforeReplace: origin === undefined,
    },
  );
}

/** At preview, too: what the volume has is in the state alone, not in the settings. */
const growth = (name: string) =>
  new pulumi.ResourceHook(
    `${name}-growth`,
    ({ oldOutputs, newInputs }) =>
      refuseGrowth(
        oldOutputs?.allocatedStorage ?? newInputs?.allocatedStorage,
        newInputs?.allocatedStorage,
        newInputs?.maxAllocatedStorage ?? 0,
      ),
    { onDryRun: true },
  );

interface Origin {
  /** Another one for other data. */
  id: string;
  inputs: Pick<RdsInstanceArgs, "snapshotIdentifier" | "restoreToPointInTime">;
}

/** A restored volume keeps the key of its backup, and its database: AWS takes neither for it. */
function originOf({
  identifier,
  restoreSnapshot,
  restoreTime,
  restoreSource,
}: DatabaseArgs): Origin | undefined {
  const source = restoreSource ?? identifier;
  const id = createHash("sha256")
    .update(restoreSnapshot ?? `${restoreTime} ${source}`)
    .digest("hex")
    .slice(0, 8);
  if (restoreSnapshot !== undefined) return { id, inputs: { snapshotIdentifier: restoreSnapshot } };
  if (restoreTime === undefined) return undefined;
  const from = source.startsWith("db-")
    ? { sourceDbiResourceId: source }
    : { sourceDbInstanceIdentifier: source };
  return { id, inputs: { restoreToPointInTime: { restoreTime, ...from } } };
}

function parameterGroup(name: string, args: DatabaseArgs, parent: Database): ParameterGroup {
  return new ParameterGroup(
    name,
    {
      family: `postgres${args.engineVersion.split(".")[0]}`,
      parameters: [
        // RDS' default, which keeps its apply method: another would be a change at every preview.
        { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
        // Set rather than left to RDS, so that the connection budget is checked against what is true.
        {
          name: "max_connections",
          value: String(maxConnections(args.instanceClass)),
          applyMethod: "pending-reboot",
        },
      ],
    },
    { parent },
  );
}

function keepCredentials(
  name: string,
  args: DatabaseArgs,
  key: KmsKey,
  database: Database,
): pulumi.Output<string> {
  const secret = new Secret(
    `${name}-credentials`,
    {
      description: "How to log in to the database as its owner",
      kmsKeyId: key.arn,
      recoveryWindowInDays: args.protect ? 30 : 0,
    },
    { parent: database },
  );
  new SecretVersion(
    `${name}-credentials`,
    {
      secretId: secret.id,
      secretString: credentials(database, database.username, database.password),
    },
    { parent: database },
  );
  return secret.arn;
}

/** What a client needs, as JSON. */
export const credentials = (
  { address: host, port, name: dbname }: Database,
  username: pulumi.Output<string>,
  password: pulumi.Output<string>,
): pulumi.Output<string> => pulumi.jsonStringify({ username, password, host, port, dbname });
