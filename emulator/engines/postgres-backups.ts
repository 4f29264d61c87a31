// RDS' backups, for real: base backups with the WAL since them, and snapshots, which are a stopped server's files.
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  archivedSegment,
  backupsFolder,
  nobody,
  privateFolder,
  recoverySettings,
  snapshotFolder,
} from "./postgres-archive.ts";
import { configurationText, folder, type Instance, session } from "./postgres-server.ts";
import { run } from "./processes.ts";

/** What a new instance gets its data from: a snapshot, or an instance as it was at a time, or last. */
export type Origin = { snapshot: string } | { resourceId: string; time?: string };

type Backed = Pick<Instance, "identifier" | "resourceId">;

const dayMilliseconds = 24 * 3600 * 1000;

const baseFolder = (resourceId: string, ...parts: string[]): string =>
  backupsFolder(resourceId, "base", ...parts);

/** When each base backup was complete, in milliseconds, oldest first: its folder's name. */
const baseBackups = (resourceId: string): number[] =>
  existsSync(baseFolder(resourceId))
    ? readdirSync(baseFolder(resourceId))
        .map(Number)
        .filter(Number.isInteger)
        .sort((a, b) => a - b)
    : [];

/** The first time that can be restored; undefined without backups. */
export const earliestRestorableTime = (resourceId: string): Date | undefined => {
  const [first] = baseBackups(resourceId);
  return first === undefined ? undefined : new Date(first);
};

/** How often a copy may meet a file that the server removes meanwhile, which PostgreSQL's manual calls normal. */
const copyAttempts = 5;

export async function copyRunning(data: string, draft: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    rmSync(draft, { recursive: true, force: true });
    try {
      await run("cp", ["--archive", "--no-target-directory", data, draft]);
      return;
    } catch (error) {
      if (attempt === copyAttempts) throw error;
    }
  }
}

async function takeBaseBackup({ identifier, resourceId }: Backed): Promise<void> {
  const draft = baseFolder(resourceId, "unfinished");
  await session(identifier, "postgres", async (client) => {
    // The end waits until the archive has all that the backup needs.
    await client.query("set statement_timeout = '60s'");
    await client.query("select pg_backup_start('base', fast => true)");
    await copyRunning(folder(identifier, "data"), draft);
    const { rows } = await client.query("select labelfile from pg_backup_stop()");
    writeFileSync(join(draft, "backup_label"), rows[0].labelfile, { mode: 0o600 });
    chownSync(join(draft, "backup_label"), nobody, nobody);
  });
  const wal = join(draft, "pg_wal");
  for (const name of readdirSync(wal).filter((file) => /^[0-9A-F]{24}/.test(file))) rmSync(join(wal, name));
  rmSync(join(draft, "postmaster.pid"), { force: true });
  renameSync(draft, baseFolder(resourceId, String(Date.now())));
}

/** A base backup each day that the emulator is started on, and none that the retention doesn't need. */
export async function backUpDaily(instance: Instance): Promise<void> {
  if (!(instance.backupRetentionDays > 0)) return;
  const { resourceId, backupRetentionDays } = instance;
  if ((baseBackups(resourceId).at(-1) ?? 0) > Date.now() - dayMilliseconds) return;
  await takeBaseBackup(instance);
  const begin = Date.now() - backupRetentionDays * dayMilliseconds;
  const needed = baseBackups(resourceId).findLast((time) => time <= begin) ?? 0;
  for (const time of baseBackups(resourceId).filter((time) => time < needed)) {
    rmSync(baseFolder(resourceId, String(time)), { recursive: true });
  }
  dropSegments(resourceId);
}

/** The segments before the one that the oldest base backup begins with. */
function dropSegments(resourceId: string): void {
  const [oldest] = baseBackups(resourceId);
  const label = readFileSync(baseFolder(resourceId, String(oldest), "backup_label"), "utf8");
  const first = /\(file ([0-9A-F]{24})\)/.exec(label)?.[1] ?? "";
  const wal = backupsFolder(resourceId, "wal");
  for (const name of readdirSync(wal)) {
    if (/^[0-9A-F]{24}/.test(name) && name < first) rmSync(join(wal, name));
  }
}

/** Archives all that has been committed: what RDS does every five minutes. */
export async function archiveNow({ identifier, resourceId }: Backed): Promise<void> {
  const segment = await session(identifier, "postgres", async (client) => {
    // A commit after everything before: recovery to a time ends at the first one that is later.
    await client.query("select pg_current_xact_id()");
    const { rows } = await client.query("select pg_walfile_name(pg_current_wal_insert_lsn()) as name");
    await client.query("select pg_switch_wal()");
    return rows[0].name;
  });
  for (const deadline = Date.now() + 30_000; !existsSync(archivedSegment(resourceId, segment)); ) {
    if (Date.now() > deadline) throw new Error(`${identifier}: the WAL segment ${segment} isn't archived`);
    await sleep(50);
  }
}

/** Takes a stopped server's files for a snapshot. */
export function keepAsSnapshot(identifier: string, snapshot: string): void {
  privateFolder(dirname(snapshotFolder(snapshot)));
  renameSync(folder(identifier, "data"), snapshotFolder(snapshot));
}

export const dropBackups = (resourceId: string): void =>
  rmSync(backupsFolder(resourceId), { recursive: true, force: true });

/** Makes the data of a new instance; the server's first start does the rest. */
export async function placeData(identifier: string, origin: Origin): Promise<void> {
  const data = folder(identifier, "data");
  if ("snapshot" in origin) {
    await run("cp", ["--archive", "--no-target-directory", snapshotFolder(origin.snapshot), data]);
    return;
  }
  const { resourceId, time } = origin;
  const base = baseBackups(resourceId).findLast((complete) => !time || complete <= Date.parse(time));
  if (base === undefined) throw new Error(`${resourceId} has no backup from before ${time ?? "now"}`);
  await run("cp", ["--archive", "--no-target-directory", baseFolder(resourceId, String(base)), data]);
  writeFileSync(join(data, "recovery.signal"), "");
  writeRecovery(identifier, recoverySettings(resourceId, time));
}

/** The settings of a recovery would apply to every later start. */
export const endRecovery = (identifier: string): void => writeRecovery(identifier, {});

const writeRecovery = (identifier: string, settings: Record<string, string>): void =>
  writeFileSync(folder(identifier, "data", "postgresql.auto.conf"), configurationText(settings));
