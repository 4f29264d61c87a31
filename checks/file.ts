import { PROGRESS_SECONDS } from "../components/serving.ts";

/** The backup needs this many times the file's size beside it: for the copy, and for the packed copy (backup.py). */
const COPIES = 2;

export interface FileSettings {
  app: { terminationGracePeriodSeconds: number };
  database: { storageGiB: number };
  migration: { deadlineSeconds: number };
}

/** SQLite's limits. PostgreSQL has a budget of connections instead. */
export interface FileBudget {
  volumeGiB: number;
  /** To which the file may grow while it can still be copied. */
  largestGiB: number;
  /** The longest outage of an update: from the old pod's last request to the new pod's first. */
  outageSeconds: number;
}

export function fileBudget({ app, database, migration }: FileSettings): FileBudget {
  return {
    volumeGiB: database.storageGiB,
    largestGiB: Math.floor(database.storageGiB / (1 + COPIES)),
    outageSeconds: app.terminationGracePeriodSeconds + migration.deadlineSeconds + PROGRESS_SECONDS,
  };
}
