import { atLeast } from "./grace.ts";
import type { Problem } from "./parse.ts";

/** Memory in GiB, from https://aws.amazon.com/rds/instance-types/ (2026-11). */
const memoryGiB = {
  "db.t4g.micro": 1,
  "db.t4g.small": 2,
  "db.t4g.medium": 4,
  "db.t4g.large": 8,
  "db.m7g.large": 8,
  "db.m7g.xlarge": 16,
  "db.m7g.2xlarge": 32,
  "db.r7g.large": 16,
  "db.r7g.xlarge": 32,
  "db.r7g.2xlarge": 64,
} as const;

export type InstanceClass = keyof typeof memoryGiB;

export const instanceClasses = Object.keys(memoryGiB) as InstanceClass[];

/**
 * What the database's parameter group sets. RDS' own default depends on the memory that is left
 * beside the operating system, which AWS doesn't publish: up to 112 a GiB, on a small class about 80.
 */
export function maxConnections(instanceClass: InstanceClass): number {
  return Math.min(80 * memoryGiB[instanceClass], 5000);
}

/** Pods beyond the replicas while a rolling update runs. */
export const SURGE = 1;
const WORKERS = 1;
const READINESS = 1;
const MIGRATION = 1;
/** PostgreSQL's 3 and RDS' 2 for superusers, and 5 for people and monitoring. */
const RESERVE = 10;

export interface Connections {
  replicas: number;
  instanceClass: InstanceClass;
  poolSize: number;
  maxOverflow: number;
}

/** Connections in the worst moment: a rolling update under full load. */
export function neededConnections({ replicas, poolSize, maxOverflow }: Omit<Connections, "instanceClass">) {
  const pod = WORKERS * (poolSize + maxOverflow) + READINESS;
  return (replicas + SURGE) * pod + MIGRATION + RESERVE;
}

export function connectionProblems(wanted: Connections): Problem[] {
  const { replicas, instanceClass, poolSize, maxOverflow } = wanted;
  const available = maxConnections(instanceClass);
  const needed = neededConnections(wanted);
  if (needed <= available) return [];

  const shared = available - MIGRATION - RESERVE;
  const safeReplicas = Math.floor(shared / (WORKERS * (poolSize + maxOverflow) + READINESS)) - SURGE;
  const safePool = Math.floor((shared / (replicas + SURGE) - READINESS) / WORKERS);
  const sum = `(${replicas} + ${SURGE} surge) × (${WORKERS} worker × (${poolSize} + ${maxOverflow}) + ${READINESS} readiness) + ${MIGRATION} migration + ${RESERVE} reserve = ${needed} connections`;
  const fits = [
    safeReplicas >= 1 && `appReplicas ${safeReplicas}`,
    safePool >= 1 && `databasePoolSize + databaseMaxOverflow ${safePool}`,
  ].filter((way) => way !== false);
  const larger = instanceClasses.find((candidate) => needed <= maxConnections(candidate));
  const ways = [
    safeReplicas >= 1 && `pulumi config set appReplicas ${safeReplicas}`,
    larger && `pulumi config set databaseInstanceClass ${larger}`,
  ].filter((way) => typeof way === "string");
  return [
    {
      key: "appReplicas",
      got: `${replicas}, which needs ${sum}`,
      allowed: `${available} on ${instanceClass}${fits.length ? `, so at most ${fits.join(" or ")}` : ""}`,
      fix:
        ways.join(", or ") ||
        "lower databasePoolSize and databaseMaxOverflow: pulumi config set databasePoolSize 5",
    },
  ];
}

export interface Timeouts {
  connectTimeoutSeconds: number;
  commandTimeoutSeconds: number;
  requestTimeoutSeconds: number;
}

/** A request must be able to see the database fail and still answer. */
export function timeoutProblems(timeouts: Timeouts): Problem[] {
  const { connectTimeoutSeconds: connect, commandTimeoutSeconds: command, requestTimeoutSeconds } = timeouts;
  return atLeast(
    ["appRequestTimeoutSeconds", requestTimeoutSeconds],
    connect + command + 1,
    `more than databaseConnectTimeoutSeconds ${connect} + databaseCommandTimeoutSeconds ${command}`,
  );
}
