// One PostgreSQL server: its folder, its configuration, its process, and a session of its superuser's.
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Client } from "pg";
import { dataPath, takeAddress } from "./instance.ts";
import { addAddress } from "./network.ts";
import { archiveSettings, nobody, prepareArchive } from "./postgres-archive.ts";
import { startProcess, stopProcess, waitUntil } from "./processes.ts";

/** What a start needs to know; the password is only in the database itself. */
export interface Instance {
  identifier: string;
  /** Names its backups, also when another instance has taken its identifier. */
  resourceId: string;
  /** The host name that RDS gives; pods resolve it through the cluster's DNS. */
  address: string;
  /** 0 for no backups. */
  backupRetentionDays: number;
  maxConnections: number;
  parameters: Record<string, string>;
}

export const port = 5432;
/** RDS, too, keeps the superuser to itself: the master user only may create roles and databases. */
export const superuser = "rdsadmin";
export const folder = (identifier: string, ...parts: string[]): string =>
  dataPath("rds", "instances", identifier, ...parts);
export const processName = (identifier: string): string => `rds-${identifier}`;
export const ipAddress = (identifier: string): string => takeAddress(`rds/${identifier}`);
/** Kept short: the path of a UNIX socket ends at 107 bytes. */
export const socketFolder = (identifier: string): string => dataPath("sockets", ipAddress(identifier));

export const load = (identifier: string): Instance =>
  JSON.parse(readFileSync(folder(identifier, "instance.json"), "utf8"));
export const save = (instance: Instance): void =>
  writeFileSync(folder(instance.identifier, "instance.json"), JSON.stringify(instance, undefined, 2));

/** A session of the superuser, for as long as `work` takes. */
export async function session<T>(
  identifier: string,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const host = socketFolder(identifier);
  // There are passwords in statements.
  const options = "-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1";
  const client = new Client({ host, user: superuser, database, options, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const sql = (identifier: string, database: string, ...statements: string[]): Promise<void> =>
  session(identifier, database, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

function configure(instance: Instance): void {
  const { "rds.force_ssl": forceTls, ...parameters } = instance.parameters;
  const settings = {
    ...parameters,
    ...(instance.backupRetentionDays > 0 ? archiveSettings(instance.resourceId) : {}),
    listen_addresses: ipAddress(instance.identifier),
    port: String(port),
    max_connections: String(instance.maxConnections),
    unix_socket_directories: socketFolder(instance.identifier),
    ssl: "on",
    ssl_cert_file: folder(instance.identifier, "server.crt"),
    ssl_key_file: folder(instance.identifier, "server.key"),
    password_encryption: "scram-sha-256",
    // RDS has a disk of its own. Here a node that unpacks an image would hold up every commit. What is written stays
    // when the server is killed: only a crash of the machine loses it.
    fsync: "off",
  };
  writeFileSync(folder(instance.identifier, "data", "postgresql.conf"), configurationText(settings));
  // The socket is in a folder that only the superuser's processes can enter.
  const remote = forceTls === "0" ? "host" : "hostssl";
  const access = `local all ${superuser} trust\n${remote} all all all scram-sha-256\n`;
  writeFileSync(folder(instance.identifier, "data", "pg_hba.conf"), access);
}

export const configurationText = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join("");

export async function startServer(identifier: string): Promise<void> {
  const instance = load(identifier);
  configure(instance);
  if (instance.backupRetentionDays > 0) prepareArchive(instance.resourceId);
  await addAddress(ipAddress(identifier));
  mkdirSync(dataPath("sockets"), { recursive: true, mode: 0o711 });
  mkdirSync(socketFolder(identifier), { recursive: true, mode: 0o700 });
  chownSync(socketFolder(identifier), nobody, nobody);
  startProcess(
    processName(identifier),
    dataPath("postgres", "bin", "postgres"),
    ["-D", folder(identifier, "data")],
    { uid: nobody, gid: nobody },
  );
  const ready = async () => sql(identifier, "postgres", "select 1").then(() => true);
  await waitUntil(`the database ${identifier}`, processName(identifier), ready);
}

/** SIGINT is PostgreSQL's fast shutdown: open connections are ended, nothing is lost. */
export async function stopInstance(identifier: string): Promise<void> {
  await stopProcess(processName(identifier), "SIGINT", 30);
}
