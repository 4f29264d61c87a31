import { leastGrowth } from "../components/storage-growth.ts";
import type { Problem } from "../settings/problem.ts";

export interface StorageSettings {
  database: { storageGiB: number; maxStorageGiB: number };
}

export function storageProblems({ database }: StorageSettings): Problem[] {
  const { storageGiB, maxStorageGiB } = database;
  const least = leastGrowth(storageGiB);
  if (maxStorageGiB === 0 || maxStorageGiB >= least) return [];
  return [
    {
      key: "databaseMaxStorageGiB",
      got: `${maxStorageGiB} beside databaseStorageGiB ${storageGiB}`,
      allowed: `${least} or more, a tenth above what there is at first, or 0 for no growth`,
      fix: `pulumi config set databaseMaxStorageGiB ${2 * storageGiB <= 65536 ? 2 * storageGiB : 0}`,
    },
  ];
}
