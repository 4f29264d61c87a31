// PostgreSQL's container, and what only it and its backup may read.
import { READINESS } from "../checks/connections.ts";
import { databaseName } from "../description/database-name.ts";
import type { Deployment } from "./deployment.ts";
import {
  type ComposeService,
  hardened,
  healthCheck,
  madeFromRelease,
  readable,
  SECRETS,
  temporary,
  writable,
} from "./hardened.ts";
import { users } from "./images.ts";
import { CA_FILE } from "./values.ts";

/** For the migration, backups and a person. */
const OTHER_CONNECTIONS = 10;

export const databaseSecrets = Object.fromEntries(
  ["key.pem", "password", "superuser-password", "pgpass"].map((name) => [
    `database-${name}`,
    { file: `../secrets/database/${name}` },
  ]),
);
export const databaseSecret = (name: string) => ({ source: `database-${name}`, target: name });

export function database({ service, settings }: Deployment): ComposeService {
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
        DATABASE_NAME: databaseName(service.name),
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
      labels: { ...SECRETS, ...madeFromRelease("pg_hba.conf", "init.sh") },
      // PostgreSQL's fast shutdown, as its image has it: nothing is lost, and nobody is waited for.
      stop_signal: "SIGINT",
      stop_grace_period: "60s",
      // By TCP: while an empty one is set up, it listens to its socket alone.
      healthcheck: healthCheck(120, "pg_isready", "--quiet", "--host", "127.0.0.1"),
    },
  );
}
