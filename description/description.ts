import type { Value } from "./known.ts";

/** A service, as it is in every environment. What differs between environments is in settings.ts. */
export interface Description {
  /** Name of the service, its namespace, its database and the database's user. */
  name: string;
  /** Folder of the Dockerfile and of all that it copies. */
  source: string;
  /** Runs in the container, instead of the image's own command. */
  serve: readonly string[];
  /** Without it, the service is a worker, which nobody calls. */
  http?: Http;
  /** `sqlite` is one file on one volume. It allows one pod, and every update stops that pod before it migrates. */
  database: "postgresql" | "sqlite" | "none";
  /** Without it, nothing runs before the app. */
  migrations?: Migrations;
  /**
   * The container's environment variables. A variable is left out if the stack doesn't have its value, as with another kind of database. A
   * Kubernetes Secret holds those with a secret in them. A secret file is better: nodes keep variables on their disks.
   */
  variables: Readonly<Record<string, Value>>;
  /** Files that only the container can read. */
  secretFiles?: SecretFiles;
  /** Folders that it writes to, besides /tmp. They are empty when a pod starts. */
  writes?: readonly string[];
  /**
   * What its pods call besides the database: `https` is port 443 of the internet, `aws` that and the credentials of the
   * pods' role, and `10.20.0.0/16:6379` a port of a network. Everything else is cut.
   */
  reaches?: readonly string[];
  /** Proves that the service works. */
  request?: ProvingRequest;
}

export interface Http {
  port: number;
  /** Path that answers 200 while the process is alive, and asks nothing else. */
  liveness: string;
  /** Path that answers 200 while requests can be served. */
  readiness: string;
  /** Without it, nobody knows how many requests are in flight. */
  metrics?: Metrics;
}

/** An endpoint in Prometheus' text format, at a port that no load balancer reaches. */
export interface Metrics {
  port: number;
  path: string;
  /** Name of the gauge of requests in flight: `http_server_active_requests` by OpenTelemetry's conventions. */
  requestsInFlight: string;
}

export type Migrations = {
  /** Brings the schema to the image's, and ends. */
  command: readonly string[];
} & (
  | {
      tool: "alembic";
      /** Folder of the revisions, below `source`: previews refuse those that break the running version. */
      revisions: string;
    }
  | { tool: "other" }
);

export interface SecretFiles {
  folder: string;
  /** Names of the files, and what is in them. */
  files: Readonly<Record<string, Value>>;
}

export interface ProvingRequest {
  method: "GET" | "POST" | "PUT";
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** What it answers. */
  status: number;
}
