// What the description's known values are on a VM.
import { databaseName } from "../description/database-name.ts";
import { type KnownName, pieces, type Value } from "../description/known.ts";
import { fileValues, poolValues, serviceValues } from "../description/setting-values.ts";
import type { Deployment } from "./deployment.ts";

/** The service finds the database's certificate here. The certificate is its own authority. */
export const CA_FILE = "/etc/ssl/database-ca.pem";
export const DATABASE_HOST = "database";
const DATABASE_PORT = "5432";
/** Of SQLite's file. */
export const FILE_FOLDER = "/var/lib/database";
/** Compose fills it in from the release's `.env`. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
export const IMAGE = "${IMAGE:?}";

/** Whether the database is one file, which only one process at a time may write to. */
export const isFile = ({ database }: Deployment["service"]): boolean => database === "sqlite";

/** Where the file is, in a container. */
export const databaseFile = ({ service }: Deployment): string | undefined =>
  isFile(service) ? `${FILE_FOLDER}/${service.name}.db` : undefined;

type KnownValues = { readonly [Name in KnownName]?: string };

/** Values that this kind of database doesn't have are left out. prepare.sh replaces the marks of secrets. */
export function knownValues(deployment: Deployment): KnownValues {
  const { service, settings, environment } = deployment;
  const { app, database, migration } = settings;
  return {
    environment,
    image: IMAGE,
    // "localhost" is for the health check.
    ...serviceValues(service, app, migration, ["localhost"]),
    ...(isFile(service) && { "database.file": databaseFile(deployment), ...fileValues(database) }),
    ...(service.database === "postgresql" && {
      "database.host": DATABASE_HOST,
      "database.port": DATABASE_PORT,
      "database.name": databaseName(service.name),
      "database.user": databaseName(service.name),
      "database.password": "{{database.password}}",
      "database.caFile": CA_FILE,
      ...poolValues(database),
    }),
  };
}

/** @returns undefined where a part of the value is left out. @param literal how texts are written. */
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
