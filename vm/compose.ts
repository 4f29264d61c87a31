// The Compose project: what runs on the VM, and in which order it starts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { READINESS } from "../checks/connections.ts";
import { caddyfile, HEALTH } from "./caddyfile.ts";
import { container, secretFiles } from "./container.ts";
import type { Deployment } from "./deployment.ts";
import {
  type ComposeService,
  hardened,
  healthCheck,
  madeFrom,
  NO_HEALTH_CHECK,
  readable,
  SECRETS,
  temporary,
  writable,
} from "./hardened.ts";
import { users } from "./images.ts";
import { CA_FILE, DATABASE_HOST, databaseFile, IMAGE, isFile } from "./values.ts";

/** In which the service gets healthy, as a pod's startup probe has it. */
const START_SECONDS = 150;
/** For the migration, backups and a person. */
const OTHER_CONNECTIONS = 10;

const script = (name: string): string => readFileSync(join(import.meta.dirname, "release", name), "utf8");

export function composeProject(deployment: Deployment) {
  const { service } = deployment;
  const optional = {
    migration: service.migrations && migration(deployment),
    candidate: canBeTried(deployment) && candidate(deployment),
    database: service.database === "postgresql" && database(deployment),
    backup: service.database !== "none" && backup(deployment),
    proxy: service.http && proxy(deployment),
  };
  const secrets = Object.keys(secretFiles(deployment)).map((name) => [
    name,
    { file: `../secrets/app/${name}` },
  ]);
  return {
    name: service.name,
    services: {
      app: app(deployment),
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value)),
    } as Record<string, ComposeService>,
    // The database is in `back` alone, which leads nowhere.
    networks: { front: {}, back: { internal: true } },
    secrets: {
      ...Object.fromEntries(secrets),
      ...(service.database === "postgresql" ? databaseSecrets : {}),
    },
  };
}

/** Beside the version that serves: without health there is nothing to see, and a file has a single writer. */
const canBeTried = ({ service }: Deployment): boolean => service.http !== undefined && !isFile(service);

const ready = { database: { condition: "service_healthy" } };

const migrated = ({ service }: Deployment) => ({
  ...(service.database === "postgresql" ? ready : {}),
  ...(service.migrations ? { migration: { condition: "service_completed_successfully" } } : {}),
});

function app(deployment: Deployment): ComposeService {
  const { service, settings } = deployment;
  const { terminationGracePeriodSeconds, preStopSeconds } = settings.app;
  const base = container(deployment);
  return {
    ...base,
    entrypoint: service.serve,
    depends_on: migrated(deployment),
    // The grace chain without preStop: the proxy needs no head start, it tries again.
    stop_grace_period: `${terminationGracePeriodSeconds - preStopSeconds}s`,
    healthcheck: service.http ? readiness(service.http) : NO_HEALTH_CHECK,
  };
}

function candidate(deployment: Deployment): ComposeService {
  const { depends_on: _, ...same } = app(deployment);
  return { ...same, restart: "no", profiles: ["deploy"] };
}

function migration(deployment: Deployment): ComposeService {
  const { service } = deployment;
  return {
    ...container(deployment),
    entrypoint: service.migrations?.command,
    restart: "no",
    healthcheck: NO_HEALTH_CHECK,
    ...(service.database === "postgresql" ? { depends_on: ready } : {}),
  };
}

/** Uses python3, which every FastAPI image has. */
const readiness = ({ port, readiness }: { port: number; readiness: string }) =>
  healthCheck(
    START_SECONDS,
    "python3",
    "-c",
    `import urllib.request; urllib.request.urlopen("http://localhost:${port}${readiness}", timeout=2)`,
  );

const databaseSecrets = Object.fromEntries(
  ["key.pem", "password", "superuser-password", "pgpass"].map((name) => [
    `database-${name}`,
    { file: `../secrets/database/${name}` },
  ]),
);
const databaseSecret = (name: string) => ({ source: `database-${name}`, target: name });

function database({ service, settings }: Deployment): ComposeService {
  const { poolSize, maxOverflow } = settings.database;
  // Two versions of the service, during a deploy.
  const connections = 2 * settings.app.workers * (poolSize + maxOverflow + READINESS) + OTHER_CONNECTIONS;
  const options = {
    hba_file: "/etc/postgresql/pg_hba.conf",
    ssl: "on",
    ssl_cert_file: CA_FILE,
    ssl_key_file: "/run/secrets/key.pem",
    max_connections: connections,
    shared_buffers: "256MB",
  };
  return hardened(
    users.DATABASE_UID,
    { memory: "1g", processes: connections + 50 },
    {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
      image: "${POSTGRES_IMAGE}",
      command: [
        "postgres",
        ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      environment: {
        PGDATA: "/var/lib/postgresql/data",
        POSTGRES_INITDB_ARGS: "--data-checksums",
        POSTGRES_PASSWORD_FILE: "/run/secrets/superuser-password",
        SERVICE: service.name,
      },
      secrets: ["key.pem", "password", "superuser-password"].map(databaseSecret),
      volumes: [
        writable("../data/database", "/var/lib/postgresql/data"),
        readable("../secrets/database-ca.pem", CA_FILE),
        readable("pg_hba.conf", "/etc/postgresql/pg_hba.conf"),
        readable("init.sh", "/docker-entrypoint-initdb.d/init.sh"),
      ],
      tmpfs: temporary(users.DATABASE_UID, "/tmp", "/var/run/postgresql"),
      shm_size: "256m",
      networks: ["back"],
      labels: { ...SECRETS, ...madeFrom(script("pg_hba.conf"), script("init.sh")) },
      // PostgreSQL's fast shutdown, as its image has it: nothing is lost, and nobody is waited for.
      stop_signal: "SIGINT",
      stop_grace_period: "60s",
      // By TCP: while an empty one is set up, it listens to its socket alone.
      healthcheck: healthCheck(120, "pg_isready", "--quiet", "--host", "127.0.0.1"),
    },
  );
}

function backup(deployment: Deployment): ComposeService {
  const { service, settings } = deployment;
  const { user, ...own } =
    service.database === "postgresql" ? backupOfServer(service.name) : backupOfFile(deployment);
  return hardened(
    user,
    { memory: "256m", processes: 32 },
    {
      ...own,
      entrypoint: ["sh", "/etc/backup.sh"],
      environment: {
        ...own.environment,
        DATABASE: service.database,
        BACKUP_DAYS: settings.database.backupRetentionDays,
      },
      volumes: [
        ...own.volumes,
        writable("../data/backups", "/backups"),
        readable("backup.sh", "/etc/backup.sh"),
      ],
      tmpfs: temporary(user, "/tmp"),
      labels: { ...own.labels, ...madeFrom(script("backup.sh")) },
      // An empty database makes no backup.
      depends_on: migrated(deployment),
      healthcheck: healthCheck(0, "test", "!", "-e", "/backups/failed"),
    },
  );
}

const backupOfServer = (name: string) => ({
  user: users.DATABASE_UID,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
  image: "${POSTGRES_IMAGE}",
  environment: {
    PGHOST: DATABASE_HOST,
    PGUSER: name,
    PGDATABASE: name,
    PGPASSFILE: "/run/secrets/pgpass",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: CA_FILE,
  },
  secrets: [databaseSecret("pgpass")],
  volumes: [readable("../secrets/database-ca.pem", CA_FILE)],
  networks: ["back"],
  labels: SECRETS,
});

const backupOfFile = (deployment: Deployment) => ({
  user: users.APP_UID,
  image: IMAGE,
  environment: { DATABASE_FILE: databaseFile(deployment) },
  volumes: container(deployment).volumes as unknown[],
  network_mode: "none",
  labels: {},
});

function proxy(deployment: Deployment): ComposeService {
  return hardened(
    users.PROXY_UID,
    { memory: "256m", processes: 128 },
    {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
      image: "${CADDY_IMAGE}",
      command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
      // The image's program bears this capability, and Linux starts none that bears one it may not have
      // (caddyserver/caddy-docker#396).
      cap_add: ["NET_BIND_SERVICE"],
      environment: { XDG_DATA_HOME: "/data", XDG_CONFIG_HOME: "/config" },
      ports: ["80:80", "443:443", "443:443/udp"],
      volumes: [writable("../data/proxy", "/data"), readable("Caddyfile", "/etc/caddy/Caddyfile")],
      tmpfs: temporary(users.PROXY_UID, "/tmp", "/config"),
      networks: ["front"],
      labels: madeFrom(caddyfile(deployment) ?? ""),
      depends_on: { app: { condition: "service_healthy" } },
      healthcheck: healthCheck(10, "wget", "-q", "--spider", HEALTH),
    },
  );
}
