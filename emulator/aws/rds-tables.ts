// What Amazon RDS for PostgreSQL offers: versions, instance classes and parameters.

/** The oldest and newest minor version of each major one (Amazon RDS for PostgreSQL release notes, 2026). */
const minors: Record<string, [oldest: number, newest: number]> = {
  "14": [18, 23],
  "15": [13, 18],
  "16": [9, 14],
  "17": [5, 10],
  "18": [1, 4],
};

/** "17" stands for the newest 17.x. Undefined for a version that RDS doesn't have. */
export function actualVersion(engineVersion: string): string | undefined {
  const [major = "", minor] = engineVersion.split(".");
  const [oldest, newest] = minors[major] ?? [0, -1];
  if (newest < 0) return undefined;
  if (minor === undefined) return `${major}.${newest}`;
  return /^\d+$/.test(minor) && Number(minor) >= oldest && Number(minor) <= newest
    ? engineVersion
    : undefined;
}

export const offeredVersions = Object.entries(minors).map(
  ([major, [oldest, newest]]) => `${major} (${major}.${oldest} to ${major}.${newest})`,
);

/**
 * Whether RDS upgrades from one to the other: only to a minor version that came out with it or later
 * (`describe-db-engine-versions`, ValidUpgradeTarget; 16.13 goes to 17.9 and not to 17.6, terraform-aws-rds#627).
 * All majors have come out together since 14.18, 15.13, 16.9 and 17.5; 18's first was that of 17.7.
 */
export function isUpgradeTarget(from: string, to: string): boolean {
  const releases: Record<string, number> = { "14": 18, "15": 13, "16": 9, "17": 5, "18": -1 };
  const release = (version: string) => Number(version.split(".")[1]) - (releases[majorVersion(version)] ?? 0);
  return release(to) >= release(from);
}

export const majorVersion = (version: string): string => version.split(".")[0] ?? "";

/** GiB of memory by class (Amazon RDS user guide, "Hardware specifications for DB instance classes"). */
const memoryGiB: Record<string, number> = {
  ...classes(["t3", "t4g"], { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 }),
  ...classes(["m6g", "m6i", "m7g", "m7i", "m8g"], {
    large: 8,
    xlarge: 16,
    "2xlarge": 32,
    "4xlarge": 64,
    "8xlarge": 128,
    "12xlarge": 192,
    "16xlarge": 256,
  }),
  ...classes(["r6g", "r6i", "r7g", "r7i", "r8g"], {
    large: 16,
    xlarge: 32,
    "2xlarge": 64,
    "4xlarge": 128,
    "8xlarge": 256,
    "12xlarge": 384,
    "16xlarge": 512,
  }),
};

function classes(families: string[], sizes: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    families.flatMap((family) =>
      Object.entries(sizes).map(([size, memory]) => [`db.${family}.${size}`, memory]),
    ),
  );
}

export const instanceClasses = Object.keys(memoryGiB);

/** RDS' default, LEAST({DBInstanceClassMemory/9531392}, 5000). */
function defaultMaxConnections(instanceClass: string): number {
  return Math.min(Math.floor(((memoryGiB[instanceClass] ?? 1) * 2 ** 30) / 9531392), 5000);
}

/** PostgreSQL's own limit of connections, which the class decides unless a parameter does. */
export function connectionLimit(
  instanceClass: string,
  { max_connections: limit, ...parameters }: Record<string, string>,
) {
  return { maxConnections: Number(limit ?? defaultMaxConnections(instanceClass)), parameters };
}

type ApplyType = "static" | "dynamic";

/** RDS' own value of a parameter, where a program has reason to set the same. */
export const defaultValue = (family: string, parameter: string): string | undefined =>
  parameter === "rds.force_ssl" ? (family === "postgres14" ? "0" : "1") : undefined;

/** A static parameter waits for a reboot (`describe-engine-default-parameters`, family postgres17). */
export const parameterTypes: Record<string, ApplyType> = {
  "auto_explain.log_min_duration": "dynamic",
  autovacuum_max_workers: "static",
  autovacuum_vacuum_cost_limit: "dynamic",
  autovacuum_vacuum_scale_factor: "dynamic",
  checkpoint_timeout: "dynamic",
  deadlock_timeout: "dynamic",
  default_statistics_target: "dynamic",
  effective_cache_size: "dynamic",
  idle_in_transaction_session_timeout: "dynamic",
  idle_session_timeout: "dynamic",
  lock_timeout: "dynamic",
  log_autovacuum_min_duration: "dynamic",
  log_connections: "dynamic",
  log_disconnections: "dynamic",
  log_lock_waits: "dynamic",
  log_min_duration_statement: "dynamic",
  log_statement: "dynamic",
  log_temp_files: "dynamic",
  maintenance_work_mem: "dynamic",
  max_connections: "static",
  max_locks_per_transaction: "static",
  "pg_stat_statements.max": "static",
  "pg_stat_statements.track": "dynamic",
  random_page_cost: "dynamic",
  "rds.force_ssl": "dynamic",
  "rds.log_retention_period": "dynamic",
  "rds.logical_replication": "static",
  shared_buffers: "static",
  shared_preload_libraries: "static",
  statement_timeout: "dynamic",
  timezone: "dynamic",
  track_activity_query_size: "static",
  track_io_timing: "dynamic",
  work_mem: "dynamic",
};
