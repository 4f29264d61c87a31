// RDS' engine: a real PostgreSQL for every instance, on an address of its own, that insists on TLS.
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import { authority, issue } from "./certificates.ts";
import { dataPath, releaseAddress, takeAddress } from "./instance.ts";
import { addAddress, removeAddress } from "./network.ts";
import { run, startProcess, stopProcess, waitUntil } from "./processes.ts";

/** What a start needs to know; the password is only in the database itself. */
interface Instance {
  identifier: string;
  /** The host name that RDS gives; pods resolve it through the cluster's DNS. */
  address: string;
  maxConnections: number;
  parameters: Record<string, string>;
}

const port = 5432;
/** RDS, too, keeps the superuser to itself: the master user only may create roles and databases. */
const superuser = "rdsadmin";
/** PostgreSQL refuses to run as root. */
const nobody = 65534;

const folder = (identifier: string, ...parts: string[]): string =>
  dataPath("rds", "instances", identifier, ...parts);
const processName = (identifier: string): string => `rds-${identifier}`;
const ipAddress = (identifier: string): string => takeAddress(`rds/${identifier}`);
/** Kept short: the path of a UNIX socket ends at 107 bytes. */
const socketFolder = (identifier: string): string => dataPath("sockets", ipAddress(identifier));

/** The authority that signs every instance's certificate, as Amazon RDS' own does on AWS. */
export const certificateAuthorityFile = (): string => dataPath("rds", "ca.crt");

export const certificateAuthority = () => authority(dataPath("rds"), "ca");

const allIdentifiers = (): string[] =>
  existsSync(dataPath("rds", "instances")) ? readdirSync(dataPath("rds", "instances")) : [];
const isComplete = (identifier: string): boolean => existsSync(folder(identifier, "complete"));

export const instanceIdentifiers = (): string[] => allIdentifiers().filter(isComplete);

/** Removes what a kill left half made. */
export async function removeIncompleteInstances(): Promise<void> {
  for (const identifier of allIdentifiers().filter((name) => !isComplete(name)))
    await deleteInstance(identifier);
}

const load = (identifier: string): Instance =>
  JSON.parse(readFileSync(folder(identifier, "instance.json"), "utf8"));
const save = (instance: Instance): void =>
  writeFileSync(folder(instance.identifier, "instance.json"), JSON.stringify(instance, undefined, 2));

/** The names of all instances, in the form that the cluster's DNS server reads. */
export function writeHostsFile(): void {
  const lines = instanceIdentifiers().map(
    (identifier) => `${ipAddress(identifier)} ${load(identifier).address}\n`,
  );
  mkdirSync(dataPath("dns"), { recursive: true });
  writeFileSync(dataPath("dns", "hosts"), lines.join(""));
}

async function sql(identifier: string, database: string, ...statements: string[]): Promise<void> {
  const client = new Client({
    host: socketFolder(identifier),
    user: superuser,
    database,
    connectionTimeoutMillis: 5000,
  });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function configure(instance: Instance): void {
  const { "rds.force_ssl": forceTls, ...parameters } = instance.parameters;
  const settings = {
    ...parameters,
    listen_addresses: ipAddress(instance.identifier),
    port: String(port),
    max_connections: String(instance.maxConnections),
    unix_socket_directories: socketFolder(instance.identifier),
    ssl: "on",
    ssl_cert_file: folder(instance.identifier, "server.crt"),
    ssl_key_file: folder(instance.identifier, "server.key"),
    password_encryption: "scram-sha-256",
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  writeFileSync(folder(instance.identifier, "data", "postgresql.conf"), lines.join(""));
  // The socket is in a folder that only the superuser's processes can enter.
  const remote = forceTls === "0" ? "host" : "hostssl";
  const access = `local all ${superuser} trust\n${remote} all all all scram-sha-256\n`;
  writeFileSync(folder(instance.identifier, "data", "pg_hba.conf"), access);
}

export async function startInstance(identifier: string): Promise<void> {
  configure(load(identifier));
  await addAddress(ipAddress(identifier));
  mkdirSync(dataPath("sockets"), { recursive: true, mode: 0o711 });
  mkdirSync(socketFolder(identifier), { recursive: true, mode: 0o700 });
  chownSync(socketFolder(identifier), nobody, nobody);
  startProcess(
    processName(identifier),
    dataPath("postgres", "bin", "postgres"),
    ["-D", folder(identifier, "data")],
    {
      uid: nobody,
      gid: nobody,
    },
  );
  const ready = async () => sql(identifier, "postgres", "select 1").then(() => true);
  await waitUntil(`the database ${identifier}`, processName(identifier), ready);
}

/** SIGINT is PostgreSQL's fast shutdown: open connections are ended, nothing is lost. */
export async function stopInstance(identifier: string): Promise<void> {
  await stopProcess(processName(identifier), "SIGINT", 30);
}

interface NewInstance extends Instance {
  username: string;
  password: string;
  databaseName: string;
}

/** Makes and starts an instance; when that fails, nothing of it is left. */
export async function createInstance(instance: NewInstance): Promise<{ port: number }> {
  const { identifier, address, maxConnections, parameters } = instance;
  try {
    mkdirSync(folder(identifier), { recursive: true, mode: 0o711 });
    save({ identifier, address, maxConnections, parameters });
    mkdirSync(folder(identifier, "data"), { mode: 0o700 });
    await issue(await certificateAuthority(), folder(identifier), "server", {
      commonName: address,
      names: [address],
    });
    for (const file of ["data", "server.crt", "server.key"])
      chownSync(folder(identifier, file), nobody, nobody);
    await run("setpriv", [
      ...[`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", dataPath("postgres", "bin", "initdb")],
      ...["-D", folder(identifier, "data"), "--username", superuser, "--auth", "reject"],
      ...["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"],
    ]);
    await startInstance(identifier);
    const owner = escapeIdentifier(instance.username);
    const database = escapeIdentifier(instance.databaseName);
    await sql(
      identifier,
      "postgres",
      `create role ${owner} login createdb createrole password ${escapeLiteral(instance.password)}`,
      `create database ${database} owner ${owner}`,
    );
    await sql(identifier, instance.databaseName, `alter schema public owner to ${owner}`);
    writeFileSync(folder(identifier, "complete"), "");
    writeHostsFile();
    return { port };
  } catch (error) {
    await deleteInstance(identifier);
    throw error;
  }
}

interface InstanceUpdate {
  identifier: string;
  username?: string;
  password?: string;
  maxConnections?: number;
  parameters?: Record<string, string>;
}

/** Changes an instance in place; other parameters restart it, as they reboot RDS'. */
export async function updateInstance({
  identifier,
  username,
  password,
  ...change
}: InstanceUpdate): Promise<void> {
  if (username && password) {
    await sql(
      identifier,
      "postgres",
      `alter role ${escapeIdentifier(username)} password ${escapeLiteral(password)}`,
    );
  }
  if (change.maxConnections !== undefined || change.parameters !== undefined) {
    save({ ...load(identifier), ...change });
    await stopInstance(identifier);
    await startInstance(identifier);
  }
}

export async function deleteInstance(identifier: string): Promise<void> {
  await stopProcess(processName(identifier), "SIGINT", 30);
  rmSync(socketFolder(identifier), { recursive: true, force: true });
  rmSync(folder(identifier), { recursive: true, force: true });
  await removeAddress(ipAddress(identifier)).catch(() => undefined);
  releaseAddress(`rds/${identifier}`);
  writeHostsFile();
}
