// What the description's known values are on a VM.
import { type KnownName, pieces, type Value } from "../description/known.ts";
import type { Deployment } from "./deployment.ts";

/** Where the service finds the certificate of the database, which is its own authority. */
export const CA_FILE = "/etc/ssl/database-ca.pem";
export const DATABASE_HOST = "database";
const DATABASE_PORT = 5432;
/** Of SQLite's file. */
export const FILE_FOLDER = "/var/lib/database";
/** Compose fills it in from the release's `.env`. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
export const IMAGE = "${IMAGE:?}";

/** One file, which one process at a time may write to. */
export const isFile = ({ database }: Deployment["service"]): boolean => database === "sqlite";

/** Where the file is, in a container. */
export const databaseFile = ({ service }: Deployment): string | undefined =>
  isFile(service) ? `${FILE_FOLDER}/${service.name}.db` : undefined;

type KnownValues = { readonly [Name in KnownName]?: string };

/** Without those that this kind of database doesn't have. A secret is what prepare.sh puts its value in place of. */
export function knownValues(deployment: Deployment): KnownValues {
  const { service, settings, environment } = deployment;
  const { app, database, migration } = settings;
  const file: Record<string, string | undefined> = { "database.file": databaseFile(deployment) };
  const ofServer = (value: string | number | boolean) =>
    service.database === "postgresql" ? String(value) : undefined;
  return {
    ...file,
    environment,
    image: IMAGE,
    port: service.http && String(service.http.port),
    workers: String(app.workers),
    logLevel: app.logLevel,
    docs: String(app.docs),
    // "localhost" is for the health check.
    allowedHosts: [...app.allowedHosts, "localhost"].join(","),
    requestTimeoutSeconds: String(app.requestTimeoutSeconds),
    gracefulTimeoutSeconds: String(app.gracefulTimeoutSeconds),
    keepAliveSeconds: String(app.keepAliveSeconds),
    "database.host": ofServer(DATABASE_HOST),
    "database.port": ofServer(DATABASE_PORT),
    "database.name": ofServer(service.name),
    "database.user": ofServer(service.name),
    "database.password": ofServer("{{database.password}}"),
    "database.caFile": ofServer(CA_FILE),
    "database.poolSize": ofServer(database.poolSize),
    "database.maxOverflow": ofServer(database.maxOverflow),
    "database.poolPrePing": ofServer(database.poolPrePing),
    "database.poolRecycleSeconds": ofServer(database.poolRecycleSeconds),
    "database.connectTimeoutSeconds": ofServer(database.connectTimeoutSeconds),
    "database.commandTimeoutSeconds": ofServer(database.commandTimeoutSeconds),
    "migration.statementTimeoutMs": String((migration.deadlineSeconds - 20) * 1000),
  };
}

/** @returns undefined for a value with a part that there is none of. @param literal how texts are written. */
export function fill(
  value: Value,
  known: KnownValues,
  literal: (text: string) => string = (text) => text,
): string | undefined {
  const parts = pieces(value).map((piece) =>
    typeof piece === "string" ? literal(piece) : known[piece.name],
  );
  return parts.includes(undefined) ? undefined : parts.join("");
}
