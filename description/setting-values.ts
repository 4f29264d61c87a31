// Known values that settings alone decide, on a cluster as on a VM.
import type { Description } from "./description.ts";
import type { KnownName } from "./known.ts";

export interface ServiceSettings {
  workers: number;
  logLevel: string;
  docs: boolean;
  allowedHosts: readonly string[];
  requestTimeoutSeconds: number;
  gracefulTimeoutSeconds: number;
  keepAliveSeconds: number;
}

export interface PoolSettings {
  poolSize: number;
  maxOverflow: number;
  poolPrePing: boolean;
  poolRecycleSeconds: number;
  connectTimeoutSeconds: number;
  commandTimeoutSeconds: number;
}

type Values = { readonly [Name in KnownName]?: string };

/** @param hosts that are answered besides those that are set. */
export function serviceValues(
  { http }: Description,
  app: ServiceSettings,
  migration: { deadlineSeconds: number },
  hosts: readonly string[],
): Values {
  return {
    port: http && String(http.port),
    workers: String(app.workers),
    logLevel: app.logLevel,
    docs: String(app.docs),
    allowedHosts: [...app.allowedHosts, ...hosts].join(","),
    requestTimeoutSeconds: String(app.requestTimeoutSeconds),
    gracefulTimeoutSeconds: String(app.gracefulTimeoutSeconds),
    keepAliveSeconds: String(app.keepAliveSeconds),
    // PostgreSQL gives up before the migration's time is up: its error says which statement it was.
    "migration.statementTimeoutMs": String((migration.deadlineSeconds - 20) * 1000),
  };
}

/** Of PostgreSQL. */
export function poolValues(pool: PoolSettings): Values {
  return {
    "database.poolSize": String(pool.poolSize),
    "database.maxOverflow": String(pool.maxOverflow),
    "database.poolPrePing": String(pool.poolPrePing),
    "database.poolRecycleSeconds": String(pool.poolRecycleSeconds),
    "database.connectTimeoutSeconds": String(pool.connectTimeoutSeconds),
    "database.commandTimeoutSeconds": String(pool.commandTimeoutSeconds),
  };
}

/** Of SQLite's file. */
export function fileValues({ poolSize, commandTimeoutSeconds }: PoolSettings): Values {
  return {
    "database.poolSize": String(poolSize),
    "database.commandTimeoutSeconds": String(commandTimeoutSeconds),
  };
}
