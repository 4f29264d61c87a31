import type { Description } from "../description/description.ts";
import { isIdle } from "../settings/idle.ts";
import type { Settings } from "../settings.ts";
import { databaseConnections } from "./pooler.ts";

/** Above this share of the database's connections, one unplanned pod would find none. */
const BUSY = 0.8;

/** A choice that works, and what it costs on the day that it matters. */
type Weaker = [key: string, isWeaker: (settings: Settings) => boolean, cost: string];

const weaker: readonly Weaker[] = [
  ["networkZones", ({ network }) => network.zones < 3, "while one is lost, new pods wait for it"],
  [
    "networkNatGateways",
    ({ network }) => network.natGateways === "one",
    "an outage of its zone cuts every node off from the internet",
  ],
  [
    "loadBalancerAccessLogDays",
    ({ loadBalancer }) => loadBalancer.scheme !== "none" && loadBalancer.accessLogDays === 0,
    "nobody can say afterwards who called",
  ],
  ["appMinReplicas", ({ app }) => app.minReplicas < 3, "one pod is all there is while another is replaced"],
  ["appLogLevel", ({ app }) => app.logLevel === "DEBUG", "every probe is a line of the log"],
  ["appDocs", ({ app }) => app.docs, "whoever reaches the service reads how it is called"],
];

const weakerDatabases: readonly Weaker[] = [
  [
    "databaseMultiAz",
    ({ database }) => !database.multiAz,
    "an outage of its zone is an outage of the service",
  ],
  ["databaseFinalSnapshot", ({ database }) => !database.finalSnapshot, "the data goes with the database"],
  [
    "databaseBackupRetentionDays",
    ({ database }) => database.backupRetentionDays < 7,
    "what is found out a week later can't be undone",
  ],
  [
    "databaseInstanceClass",
    ({ database }) => database.instanceClass.startsWith("db.t"),
    "a burstable CPU is slow, or charged extra, once its credits are spent",
  ],
  ["appMaxReplicas", hasFewConnectionsLeft, "more than 80 % of the database's connections are spoken for"],
  ["databasePoolPrePing", ({ database }) => !database.poolPrePing, "requests fail after a failover"],
];

/** One line that says what a protected stack does without. These choices are accepted, but shown. */
export function weakerChoices(settings: Settings, { database }: Description): string[] {
  if (!settings.protect) return [];
  const all = database === "none" ? weaker : [...weakerDatabases, ...weaker];
  const found = all.filter(([key, isWeaker]) => !isIdle(key, database) && isWeaker(settings));
  if (found.length === 0) return [];
  const costs = found.map(([key, , cost]) => `${key} (${cost})`);
  return [
    `${found.map(([key]) => key).join(", ")}: weaker than production's, where protect is true: ${costs.join("; ")}`,
  ];
}

function hasFewConnectionsLeft(settings: Settings): boolean {
  const { needed, available } = databaseConnections(settings);
  return needed > BUSY * available;
}
