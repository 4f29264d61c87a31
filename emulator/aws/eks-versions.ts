// The versions of Kubernetes that EKS offers, and the ways between them.
import { eksVersions } from "../../settings/eks-versions.ts";
import { AwsError } from "./errors.ts";
import { type Identified, table } from "./store.ts";

export const versions = Object.keys(eksVersions);

export const newestVersion = versions.at(-1) as string;

/** EKS user guide, rollback-cluster, and AWS' announcement in its containers blog, 2026-11. */
const rollbackDays = 7;

interface VersionUpdate extends Identified {
  type: "VersionUpdate" | "VersionRollback";
  createdAt: string;
}

/** The last one of each cluster, by the cluster's name. */
const updates = table<VersionUpdate>("eks/update", { code: "ResourceNotFoundException", noun: "update" });

interface Versioned {
  name: string;
  version: string;
  upgradePolicy?: { supportType?: string };
}

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

function refuseRollback({ name, version, upgradePolicy }: Versioned, to: string): void {
  const last = updates.get(name);
  const daysAgo = (date: string) => (Date.now() - Date.parse(date)) / 86_400_000;
  if (last?.type !== "VersionUpdate" || daysAgo(last.createdAt) > rollbackDays) {
    const why = `a cluster goes back only within ${rollbackDays} days of an upgrade`;
    throw invalid(`Unsupported Kubernetes minor version update from ${version} to ${to}; ${why}`);
  }
  const end = eksVersions[to]?.standard;
  if (end && daysAgo(end) > 0 && upgradePolicy?.supportType !== "EXTENDED") {
    throw invalid(`Version ${to} is in extended support; the upgradePolicy's supportType must be EXTENDED`);
  }
}

export function checkVersionUpdate(cluster: Versioned, to: string): void {
  const step = versions.indexOf(to) - versions.indexOf(cluster.version);
  if (step === 0 || step === 1) return;
  if (step === -1) {
    refuseRollback(cluster, to);
    return;
  }
  const message = `Unsupported Kubernetes minor version update from ${cluster.version} to ${to}`;
  throw invalid(`${message}; allowed: one version up, or one down within ${rollbackDays} days of an upgrade`);
}

export function recordVersionUpdate({ name, version }: Versioned, to: string): void {
  if (version === to) return;
  const type = versions.indexOf(to) > versions.indexOf(version) ? "VersionUpdate" : "VersionRollback";
  updates.put({ id: name, type, createdAt: new Date().toISOString() });
}

export const forgetVersionUpdates = (name: string): void => updates.remove(name);
