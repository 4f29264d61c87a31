// Settings that do nothing with the service's kind of database. One file of settings suits every kind.
import type { Description } from "../description/description.ts";
import { type Settings, table } from "../settings.ts";
import { keyOf } from "./parse.ts";

type Kind = Description["database"];

const idle: Readonly<Record<Kind, RegExp>> = {
  postgresql: /^$/,
  // One pod, and no server: what is left is the volume, its copies, and the pod's own connections. What is missing here
  // is refused.
  sqlite:
    /^(database(?!StorageGiB$|FinalSnapshot$|BackupRetentionDays$|PoolSize$|CommandTimeoutSeconds$)|app(Min|Max)Replicas$|appTarget(?!RequestsInFlight$)|pooler(?!Replicas$))/,
  // poolerReplicas is refused.
  none: /^(database|pooler(?!Replicas$))/,
};

export const isIdle = (key: string, database: Kind): boolean => idle[database].test(key);

/** One line on what a stack has set for nothing, or none. */
export function idleSettings(settings: Settings, database: Kind): string[] {
  const all = Object.entries(table).flatMap(([group, entries]) =>
    "parse" in entries ? [] : Object.keys(entries).map((name) => ({ group, name })),
  );
  const found = all
    .filter(({ group, name }) => isSet(settings, group, name))
    .map(({ group, name }) => keyOf(group, name))
    .filter((key) => isIdle(key, database));
  if (found.length === 0) return [];
  const what =
    database === "sqlite" ? "a file has no server, and one pod alone" : "the service has no database";
  return [`${found.join(", ")}: without effect where service.ts has database: "${database}": ${what}`];
}

type Groups = Record<string, Record<string, unknown>>;

/** What is set to its default can't be told from what isn't set, and says the same. */
function isSet(settings: Settings, group: string, name: string): boolean {
  const usual = (table as unknown as Groups)[group]?.[name] as { default?: unknown };
  const value = (settings as unknown as Groups)[group]?.[name];
  return JSON.stringify(value) !== JSON.stringify(usual.default);
}
