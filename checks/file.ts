import { PROGRESS_SECONDS } from "../components/serving.ts";

/** Of a file's size, what the backup needs beside it: the copy, and what it packs of it (components/backup/backup.py). */
const COPIES = 2;

export interface FileSettings {
  app: { terminationGracePeriodSeconds: number };
  database: { storageGiB: number };
  migration: { deadlineSeconds: number };
}

/** What holds for SQLite, where PostgreSQL has a budget of connections. */
export interface FileBudget {
  volumeGiB: number;
  /** To which the file may grow while it can still be copied. */
  largestGiB: number;
  /** From the end of the old pod to the new one at the longest, all of which an update may take. */
  outageSeconds: number;
}

export function fileBudget({ app, database, migration }: FileSettings): FileBudget {
  return {
    volumeGiB: database.storageGiB,
    largestGiB: Math.floor(database.storageGiB / (1 + COPIES)),
    outageSeconds: app.terminationGracePeriodSeconds + migration.deadlineSeconds + PROGRESS_SECONDS,
  };
}
