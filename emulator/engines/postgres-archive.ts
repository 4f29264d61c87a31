// Where backups are: base backups and the WAL since, by the instance's resource id, and snapshots by their name.
import { chownSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { dataPath } from "./instance.ts";

export const backupsFolder = (resourceId: string, ...parts: string[]): string =>
  dataPath("rds", "backups", resourceId, ...parts);

export const snapshotFolder = (snapshot: string): string =>
  dataPath("rds", "snapshots", encodeURIComponent(snapshot));

const walFolder = (resourceId: string): string => backupsFolder(resourceId, "wal");

/** PostgreSQL refuses to run as root. */
export const nobody = 65534;

/** PostgreSQL alone, and root, may read what is in a backup. */
export function privateFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(path, nobody, nobody);
}

/** Has to be there before the server first archives into it. */
export function prepareArchive(resourceId: string): void {
  for (const part of ["base", "wal"]) privateFolder(backupsFolder(resourceId, part));
}

/** A segment is copied under another name first, so that a kill leaves none that is cut short. */
export function archiveSettings(resourceId: string): Record<string, string> {
  const target = `${walFolder(resourceId)}/%f`;
  return {
    archive_mode: "on",
    archive_command: `cp "%p" "${target}.part" && mv "${target}.part" "${target}"`,
  };
}

export const archivedSegment = (resourceId: string, name: string): string =>
  `${walFolder(resourceId)}/${name}`;

/**
 * What makes a server of a base backup replay the archive up to `time`, and then begin a life of its own. Without a
 * time it replays all: PostgreSQL takes a time after the last commit for an error.
 */
export const recoverySettings = (resourceId: string, time: string | undefined): Record<string, string> => ({
  restore_command: `cp "${walFolder(resourceId)}/%f" "%p"`,
  // Zones' names aren't known yet where PostgreSQL reads this.
  ...(time && { recovery_target_time: time.replace("Z", "+00"), recovery_target_action: "promote" }),
  // Nobody is let in before the target is reached, and a smaller max_connections than the source had is no obstacle.
  hot_standby: "off",
});
