import type { Problem } from "../settings/problem.ts";

export interface RestoreSettings {
  database: {
    engineVersion: string;
    restoreSnapshot: string | undefined;
    restoreTime: string | undefined;
    restoreSource: string | undefined;
  };
}

/** Refuses a restore that can't work, or that wouldn't bring back what was meant. */
export function restoreProblems({ database }: RestoreSettings, now = Date.now()): Problem[] {
  const { restoreSnapshot, restoreTime, restoreSource, engineVersion } = database;
  return [
    ...(restoreTime === undefined ? [] : timeProblems(restoreTime, now)),
    ...(restoreSnapshot !== undefined && restoreTime !== undefined ? [twoOrigins(restoreTime)] : []),
    ...(restoreSource !== undefined && restoreTime === undefined ? [sourceWithoutTime(restoreSource)] : []),
    ...(restoreSnapshot !== undefined && !engineVersion.includes(".") ? [majorAlone(engineVersion)] : []),
  ];
}

function timeProblems(time: string, now: number): Problem[] {
  const at = Date.parse(time);
  if (at <= now && new Date(at).toISOString().startsWith(time.slice(0, -1))) return [];
  return [
    {
      key: "databaseRestoreTime",
      got: `${time}, which ${at > now ? "is still to come" : "isn't on the calendar"}`,
      allowed: `a time in UTC that has passed; now it is ${second(now)}`,
      fix: `pulumi config set databaseRestoreTime ${second(now - 5 * 60_000)}`,
    },
  ];
}

const second = (time: number): string => new Date(time).toISOString().replace(/\.\d+/, "");

const twoOrigins = (time: string): Problem => ({
  key: "databaseRestoreTime",
  got: `${time} beside databaseRestoreSnapshot`,
  allowed: "one of both",
  fix: "pulumi config rm databaseRestoreTime, or pulumi config rm databaseRestoreSnapshot",
});

const sourceWithoutTime = (source: string): Problem => ({
  key: "databaseRestoreSource",
  got: `${source} without databaseRestoreTime`,
  allowed: "beside databaseRestoreTime alone: a snapshot says by itself what it is of",
  fix: "pulumi config rm databaseRestoreSource",
});

/**
 * After a restore from a snapshot, the provider asks for the version that is set. RDS takes a major one for its default
 * minor one, which may be older than the snapshot's, and refuses (terraform-aws-rds#627, 2026-04).
 */
const majorAlone = (version: string): Problem => ({
  key: "databaseEngineVersion",
  got: `${version} beside databaseRestoreSnapshot`,
  allowed: "the snapshot's own version, which `aws rds describe-db-snapshots` tells as EngineVersion",
  fix: `pulumi config set databaseEngineVersion ${version}.<minor>`,
});
