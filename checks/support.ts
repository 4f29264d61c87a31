// Warns before AWS' standard support of a version ends, early enough to upgrade. Afterwards it says what that means.
import type { Description } from "../description/description.ts";
import { eksVersions, offered } from "../settings/eks-versions.ts";
import { majors, postgresVersions } from "../settings/postgres-versions.ts";

export interface Support {
  /** Setting that has the version. */
  key: string;
  /** As AWS calls it. */
  what: string;
  version: string;
  /** To upgrade to; undefined when there is none yet. */
  next: string | undefined;
  /** First day without it, in UTC, as 2026-12-02. */
  endOfStandardSupport: string;
  /** What AWS does to whoever stays: the second half of a sentence. */
  afterwards: string;
  source: string;
}

/** AWS announces an end as early as that. */
const WARNING_DAYS = 60;
const DAY = 86_400_000;

export interface SupportSettings {
  cluster: { version: string };
  database: { engineVersion: string };
}

export function supportWarnings(
  { cluster, database }: SupportSettings,
  service: Pick<Description, "database">,
  now: Date,
): string[] {
  const ofDatabase = service.database === "postgresql" ? [postgresSupport(database.engineVersion)] : [];
  const all = [eksSupport(cluster.version), ...ofDatabase];
  return all.flatMap((support) => supportWarning(support, now) ?? []);
}

export function supportWarning(support: Support, now: Date): string | undefined {
  const { key, what, version, next, endOfStandardSupport: end, afterwards, source } = support;
  const days = Math.ceil((Date.parse(end) - now.getTime()) / DAY);
  if (days > WARNING_DAYS) return undefined;
  const when = days > 0 ? `ends on ${end}, in ${days === 1 ? "1 day" : `${days} days`}` : `ended on ${end}`;
  const fix = next ? `pulumi config set ${key} ${next}` : "upgrade as soon as AWS offers a newer one";
  return `${key}: standard support of ${what} ${version} ${when}: ${afterwards}; fix: ${fix} (${source})`;
}

export function eksSupport(version: string): Support {
  return {
    key: "clusterVersion",
    what: "Kubernetes on EKS",
    version,
    next: offered[offered.indexOf(version) + 1],
    endOfStandardSupport: eksVersions[version]?.standard ?? "",
    // The program makes clusters with STANDARD.
    afterwards:
      "AWS then upgrades the control plane by itself, on a day that it doesn't announce (upgradePolicy STANDARD), and " +
      "refuses to go back; with EXTENDED it would cost $0.60 instead of $0.10 an hour, $365 more a month",
    source:
      "Amazon EKS user guide, Kubernetes release calendar (docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html)" +
      " and endoflife.date/amazon-eks, 2026-11-25",
  };
}

export function postgresSupport(version: string): Support {
  const [major = ""] = version.split(".");
  return {
    key: "databaseEngineVersion",
    what: "PostgreSQL on RDS",
    version: major,
    next: majors[majors.indexOf(major) + 1],
    endOfStandardSupport: postgresVersions[major]?.standard ?? "",
    // The program makes instances without Extended Support.
    afterwards:
      "AWS then upgrades the database to the next major version by itself, with downtime, on a day that it chooses " +
      "(engineLifecycleSupport open-source-rds-extended-support-disabled)",
    source:
      "Release calendar of Amazon RDS for PostgreSQL and endoflife.date/amazon-rds-postgresql, 2026-11-25",
  };
}
