// Settings that are wrong only in combination, and settings that don't exist.
import { MOST_REPLICAS } from "../../checks/addresses.ts";

const MOST = String(MOST_REPLICAS);

/** What to set, and of the message: got, allowed, and the value that the repairing command sets. */
export type Wrong = [set: Record<string, string>, got: string, allowed: string, fix: string];

export const combinations: Wrong[] = [
  [
    { appPreStopSeconds: "50" },
    "appTerminationGracePeriodSeconds: got 75",
    "80 or more (appPreStopSeconds 50 + appGracefulTimeoutSeconds 25 + 5)",
    "appTerminationGracePeriodSeconds 80",
  ],
  [
    { appRequestTimeoutSeconds: "30" },
    "appGracefulTimeoutSeconds: got 25",
    "30 or more",
    "appGracefulTimeoutSeconds 30",
  ],
  [
    { databaseCommandTimeoutSeconds: "20" },
    "appRequestTimeoutSeconds: got 20",
    "21 or more (more than databaseCommandTimeoutSeconds 20 and the half second",
    "appRequestTimeoutSeconds 21",
  ],
  [
    { appMemoryRequest: "1Gi" },
    "appMemoryRequest: got 1Gi",
    "appMemoryLimit 512Mi or less",
    "appMemoryLimit 1Gi",
  ],
  [
    { appTargetMemoryPercent: "30" },
    "appTargetMemoryPercent: got 30 of appMemoryRequest 256Mi",
    "what idle pods don't use already (96 for one worker + 0 more × 32 = 96 MiB): from 38, or 0",
    "appTargetMemoryPercent 38",
  ],
  [
    { appWorkers: "4", appMemoryRequest: "128Mi", appMemoryLimit: "128Mi" },
    "appMemoryLimit: got 128Mi for appWorkers 4",
    "192Mi or more (96 for one worker + 3 more × 32 = 192 MiB)",
    "appMemoryLimit 192Mi, or pulumi config set appWorkers 2",
  ],
  [
    { appWorkers: "4", databaseInstanceClass: "db.t4g.medium" },
    "(12 + 1 surge) × 4 workers × (10 + 0 + 1 readiness) + 1 migration + 10 reserve = 583",
    "320 on db.t4g.medium; the largest safe value of each alone: appMaxReplicas 6, appWorkers 2, databasePoolSize 4;",
    "appMaxReplicas 6, or pulumi config set appWorkers 2, or pulumi config set databasePoolSize 4, or pulumi config set databaseInstanceClass db.t4g.large",
  ],
  [
    { appPreStopSeconds: "39" },
    "appPreStopSeconds: got 39",
    "40 or more (appDeregistrationSeconds 30 + 10 until everyone knows",
    "appPreStopSeconds 40",
  ],
  [
    { appDeregistrationSeconds: "60", appTerminationGracePeriodSeconds: "100" },
    "appPreStopSeconds: got 40",
    "70 or more (appDeregistrationSeconds 60",
    "appPreStopSeconds 70",
  ],
  [
    { appMaxReplicas: "30", databaseInstanceClass: "db.t4g.small" },
    "appMaxReplicas: got 30, which needs (30 + 1 surge) × 1 worker × (10 + 0 + 1 readiness) + 1 migration + 10 reserve = 352",
    "160 on db.t4g.small; the largest safe value of each alone: appMaxReplicas 12, databasePoolSize 3;",
    "appMaxReplicas 12, or pulumi config set databasePoolSize 3, or pulumi config set databaseInstanceClass db.t4g.large",
  ],
  [
    { databasePoolSize: "50", databaseInstanceClass: "db.m7g.large" },
    "= 674 connections",
    "640 on db.m7g.large; the largest safe value of each alone: appMaxReplicas 11, databasePoolSize 47",
    "appMaxReplicas 11, or pulumi config set databasePoolSize 47, or pulumi config set databaseInstanceClass db.m7g.xlarge",
  ],
  [
    { databaseMaxOverflow: "50" },
    "= 804 connections",
    "the largest safe value of each alone: appMaxReplicas 9, databaseMaxOverflow 37",
    "appMaxReplicas 9, or pulumi config set databaseMaxOverflow 37",
  ],
  [
    { databasePoolSize: "100", databaseMaxOverflow: "100", databaseInstanceClass: "db.t4g.micro" },
    "= 2624 connections",
    "80 on db.t4g.micro; the largest safe value of each alone: none",
    "databaseInstanceClass db.r7g.2xlarge",
  ],
  [
    { appMaxReplicas: "200", databasePoolSize: "100", databaseMaxOverflow: "100" },
    "= 40412 connections",
    "alone: none",
    "databasePoolSize 2, then pulumi config set databaseMaxOverflow 0",
  ],
  [
    { poolerReplicas: "2", poolerSize: "200" },
    "poolerSize: got 200, which needs 2 poolers × 2 while they are replaced × 2 logins × 200 + 1 migration + 10 reserve = 1611 connections",
    "640 on db.m7g.large; the largest safe value of each alone: poolerSize 78;",
    "poolerSize 78, or pulumi config set databaseInstanceClass db.m7g.2xlarge",
  ],
  [
    { poolerReplicas: "10", poolerSize: "1000", databaseInstanceClass: "db.t4g.small" },
    "poolerSize: got 1000, which needs 10 poolers",
    "160 on db.t4g.small; the largest safe value of each alone: poolerSize 3;",
    "poolerSize 3",
  ],
  [
    { poolerReplicas: "1" },
    "poolerReplicas: got 1",
    "0, or 2 or more where protect is true",
    "poolerReplicas 2",
  ],
  [
    { appMinReplicas: "13" },
    "appMinReplicas: got 13",
    "appMaxReplicas 12 or less",
    "appMinReplicas 12, or pulumi config set appMaxReplicas 13",
  ],
  [{ appMinReplicas: "1" }, "appMinReplicas: got 1", "2 or more where protect is true", "appMinReplicas 2"],
  [
    { appMinReplicas: "1", appMaxReplicas: "1" },
    "appMinReplicas: got 1",
    "2 or more where protect is true",
    "appMinReplicas 2, then pulumi config set appMaxReplicas 2",
  ],
];

/** Refused for several reasons at once, or where nothing helps alone. */
export const entangled: Record<string, string>[] = [
  { appDeregistrationSeconds: "60" },
  { appDeregistrationSeconds: "290", appRequestTimeoutSeconds: "59" },
  { appRequestTimeoutSeconds: "45" },
  { databaseCommandTimeoutSeconds: "50" },
  { databaseCommandTimeoutSeconds: "40", appDeregistrationSeconds: "90" },
  { appMinReplicas: MOST, appMaxReplicas: MOST },
  { appMinReplicas: MOST, appMaxReplicas: "200", databaseInstanceClass: "db.r7g.2xlarge" },
  { appMinReplicas: MOST, appMaxReplicas: MOST, databasePoolSize: "100", databaseMaxOverflow: "100" },
  {
    ...{ appMinReplicas: MOST, appMaxReplicas: MOST },
    ...{ databaseInstanceClass: "db.t4g.micro", databaseMaxOverflow: "100" },
  },
  { appMaxReplicas: MOST, databasePoolSize: "90", databaseInstanceClass: "db.t4g.small" },
  {
    ...{ appMaxReplicas: MOST, databaseInstanceClass: "db.r7g.large" },
    ...{ databasePoolSize: "100", databaseMaxOverflow: "100" },
  },
  { appMemoryRequest: "1Gi", appMinReplicas: "20" },
  { poolerReplicas: "1", poolerSize: "1000", databaseInstanceClass: "db.t4g.micro" },
  { poolerReplicas: "10", poolerSize: "1000", databaseInstanceClass: "db.t4g.micro" },
];

export const unknown: Wrong[] = [
  [{ appMaxReplica: "3" }, "a setting that doesn't exist", "the nearest is appMaxReplicas", "appMaxReplicas"],
  [{ imageDigst: "x" }, "a setting that doesn't exist", "the nearest is imageDigest", "imageDigest"],
  [
    { migrationAcknowledgedRevision: "x" },
    "a setting that doesn't exist",
    "the nearest is migrationAcknowledgedRevisions",
    "migrationAcknowledgedRevisions",
  ],
  [
    { databasePool_size: "3" },
    "a setting that doesn't exist",
    "the nearest is databasePoolSize",
    "databasePoolSize",
  ],
  [
    { NetworkCIDR: "10.0.0.0/16" },
    "a setting that doesn't exist",
    "the nearest is networkCidr",
    "networkCidr",
  ],
  [{ toString: "x" }, "a setting that doesn't exist", "the nearest is", ""],
];
