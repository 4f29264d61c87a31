// RDS' engine: a real PostgreSQL for every instance, on an address of its own, that insists on TLS.
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { escapeIdentifier, escapeLiteral } from "pg";
import { authority, issue } from "./certificates.ts";
import { publishNames } from "./dns.ts";
import { dataPath, releaseAddress } from "./instance.ts";
import { removeAddress } from "./network.ts";
import { nobody } from "./postgres-archive.ts";
import {
  archiveNow,
  backUpDaily,
  dropBackups,
  endRecovery,
  keepAsSnapshot,
  type Origin,
  placeData,
} from "./postgres-backups.ts";
import {
  folder,
  type Instance,
  ipAddress,
  load,
  port,
  save,
  socketFolder,
  sql,
  startServer,
  stopInstance,
  superuser,
} from "./postgres-server.ts";
import { run } from "./processes.ts";

export { earliestRestorableTime, type Origin } from "./postgres-backups.ts";
export { stopInstance } from "./postgres-server.ts";

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

/** Makes the names of all instances known to clusters' DNS servers. */
export function publishInstances(): void {
  const entries = instanceIdentifiers().map((identifier) => [
    load(identifier).address,
    ipAddress(identifier),
  ]);
  publishNames("rds", Object.fromEntries(entries));
}

export async function startInstance(identifier: string): Promise<void> {
  await startServer(identifier);
  await backUpDaily(load(identifier));
}

interface NewInstance extends Instance {
  username: string;
  password: string;
  /** Of an instance that begins empty. */
  databaseName?: string;
  origin?: Origin;
}

/** Makes and starts an instance, empty or from a backup; when that fails, nothing of it is left. */
export async function createInstance(instance: NewInstance): Promise<{ port: number }> {
  const { username, password, databaseName, origin, ...kept } = instance;
  const { identifier, address } = instance;
  try {
    mkdirSync(folder(identifier), { recursive: true, mode: 0o711 });
    save(kept);
    await issue(await certificateAuthority(), folder(identifier), "server", {
      commonName: address,
      names: [address],
    });
    for (const file of ["server.crt", "server.key"]) chownSync(folder(identifier, file), nobody, nobody);
    await (origin ? restore(instance, origin) : begin(instance));
    writeFileSync(folder(identifier, "complete"), "");
    publishInstances();
    await backUpDaily(kept);
    return { port };
  } catch (error) {
    await deleteInstance(identifier);
    throw error;
  }
}

async function begin({ identifier, username, password, databaseName = "postgres" }: NewInstance) {
  mkdirSync(folder(identifier, "data"), { mode: 0o700 });
  chownSync(folder(identifier, "data"), nobody, nobody);
  await run("setpriv", [
    ...[`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", dataPath("postgres", "bin", "initdb")],
    ...["-D", folder(identifier, "data"), "--username", superuser, "--auth", "reject"],
    // Small segments, since a whole one is archived for each restore to a point in time.
    ...["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions", "--wal-segsize", "1"],
  ]);
  await startServer(identifier);
  const owner = escapeIdentifier(username);
  await sql(
    identifier,
    "postgres",
    `create role ${owner} login createdb createrole password ${escapeLiteral(password)}`,
    // It watches and ends sessions ("Understanding the rds_superuser role" in RDS' user guide, 2026-11).
    "create role rds_superuser",
    "grant pg_monitor, pg_signal_backend to rds_superuser",
    `grant rds_superuser to ${owner}`,
    `create database ${escapeIdentifier(databaseName)} owner ${owner}`,
  );
  await sql(identifier, databaseName, `alter schema public owner to ${owner}`);
}

async function restore({ identifier, username, password }: NewInstance, origin: Origin): Promise<void> {
  if ("resourceId" in origin) {
    const source = instanceIdentifiers()
      .map(load)
      .find(({ resourceId }) => resourceId === origin.resourceId);
    if (source) await archiveNow(source);
  }
  await placeData(identifier, origin);
  await startServer(identifier);
  endRecovery(identifier);
  await changePassword(identifier, username, password);
}

const changePassword = (identifier: string, username: string, password: string): Promise<void> =>
  sql(identifier, "postgres", `alter role ${escapeIdentifier(username)} password ${escapeLiteral(password)}`);

interface InstanceUpdate {
  identifier: string;
  username?: string;
  password?: string;
  maxConnections?: number;
  parameters?: Record<string, string>;
  backupRetentionDays?: number;
}

/** Changes an instance in place; other parameters restart it, as they reboot RDS', and so does the first backup. */
export async function updateInstance({
  identifier,
  username,
  password,
  ...change
}: InstanceUpdate): Promise<void> {
  if (username && password) await changePassword(identifier, username, password);
  const before = load(identifier);
  const after = { ...before, ...change };
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  save(after);
  const { maxConnections, parameters, backupRetentionDays } = before;
  const isSame =
    maxConnections === after.maxConnections &&
    JSON.stringify(parameters) === JSON.stringify(after.parameters) &&
    backupRetentionDays > 0 === after.backupRetentionDays > 0;
  if (!isSame) {
    await stopInstance(identifier);
    await startServer(identifier);
  }
  if (after.backupRetentionDays > 0) await backUpDaily(after);
  else dropBackups(after.resourceId);
}

interface Kept {
  /** Name of the last snapshot. */
  snapshot?: string;
  /** Whether a point in time can be restored afterwards. */
  backups?: boolean;
}

export async function deleteInstance(identifier: string, { snapshot, backups }: Kept = {}): Promise<void> {
  const isComplete = instanceIdentifiers().includes(identifier);
  const { resourceId } = existsSync(folder(identifier, "instance.json")) ? load(identifier) : {};
  if (isComplete && backups) await archiveNow(load(identifier));
  await stopInstance(identifier);
  if (snapshot) keepAsSnapshot(identifier, snapshot);
  if (resourceId && !backups) dropBackups(resourceId);
  rmSync(socketFolder(identifier), { recursive: true, force: true });
  rmSync(folder(identifier), { recursive: true, force: true });
  await removeAddress(ipAddress(identifier)).catch(() => undefined);
  releaseAddress(`rds/${identifier}`);
  publishInstances();
}
