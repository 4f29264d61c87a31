// Versions whose standard support at AWS ends: said early enough to upgrade, and after that what it means.
import { eksSupport } from "./eks-versions.ts";
import { postgresSupport } from "./postgres-versions.ts";

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
  /** What AWS does with whoever stays, as a sentence's second half. */
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

export function supportWarnings({ cluster, database }: SupportSettings, now: Date): string[] {
  const all = [eksSupport(cluster.version), postgresSupport(database.engineVersion)];
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
