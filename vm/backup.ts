// The container that makes each night's backup.
import { databaseName } from "../description/database-name.ts";
import { container } from "./container.ts";
import { databaseSecret } from "./database.ts";
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
import { CA_FILE, DATABASE_HOST, databaseFile, IMAGE } from "./values.ts";

/** @param afterwards what it waits for: there is no backup of an empty database. */
export function backup(deployment: Deployment, afterwards: object): ComposeService {
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
      labels: { ...own.labels, ...madeFromRelease("backup.sh") },
      depends_on: afterwards,
      healthcheck: healthCheck(0, "test", "!", "-e", "/backups/failed"),
    },
  );
}

const backupOfServer = (service: string) => ({
  user: users.DATABASE_UID,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
  image: "${POSTGRES_IMAGE}",
  environment: {
    PGHOST: DATABASE_HOST,
    PGUSER: databaseName(service),
    PGDATABASE: databaseName(service),
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
