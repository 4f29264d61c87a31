// The PostgreSQL versions that Amazon RDS offers. Looked up on 2026-11-25; renew it with each quarter's minor versions.

import type { Grammar } from "./types.ts";

interface Major {
  /** Oldest and newest minor version that a new instance can have. */
  minors: readonly [oldest: number, newest: number];
  /** First day without RDS' standard support, in UTC. */
  standard: string;
}

/**
 * Minor versions: "Amazon RDS for PostgreSQL updates" in RDS' release notes for the newest; the oldest are those that
 * AWS' notice of 2026-05-31 leaves (lucaberton.com/blog/aws-rds-postgresql-minor-version-deprecation-may-2026, and the
 * notice itself in the wiki of saayam-for-all/database). Ends: RDS' release calendar, and endoflife-date/endoflife.date,
 * products/amazon-rds-postgresql.md, which gives the last day; 18's follows from the rule that they share, the end of
 * February after the community's.
 */
export const postgresVersions: Readonly<Record<string, Major>> = {
  "15": { minors: [13, 18], standard: "2028-03-01" },
  "16": { minors: [9, 14], standard: "2029-03-01" },
  "17": { minors: [5, 10], standard: "2030-03-01" },
  "18": { minors: [1, 4], standard: "2031-03-01" },
};

export const majors = Object.keys(postgresVersions);

/**
 * Minor versions that may have come since: two years of PostgreSQL's four a year (postgresql.org/developer/roadmap).
 * RDS applies them by itself, and a restore from a snapshot then needs one that this table can't know.
 */
const LATER = 8;

/** A major version, or a minor one that RDS offers or may offer by now. */
export const postgresVersion: Grammar = {
  pattern: new RegExp(`(${majors.join("|")})(\\.(0|[1-9]\\d*))?`),
  allowed: `PostgreSQL ${majors[0]} to ${majors.at(-1)}, with or without a minor version that RDS offers`,
  fault: (version) => {
    const [major = "", minor] = version.split(".");
    const [oldest, newest] = postgresVersions[major]?.minors ?? [0, 0];
    if (minor === undefined || (Number(minor) >= oldest && Number(minor) <= newest + LATER)) return undefined;
    // YAML reads 17.10 as the number 17.1 where it isn't quoted.
    const whole = Number(minor) * 10;
    const cut = whole >= oldest && whole <= newest ? `${version}0` : undefined;
    return {
      why: `which isn't among ${major}.${oldest} to ${major}.${newest}, what RDS offered on 2026-11-25${cut ? `; ${cut} needs quotes in the stack file` : ""}`,
      instead: cut ?? `${major}.${Number(minor) < oldest ? oldest : newest}`,
    };
  },
};
