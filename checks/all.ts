import type { Description } from "../description/description.ts";
import { migrationProblems } from "../migrations/check.ts";
import { WrongSetting } from "../settings/parse.ts";
import type { Problem } from "../settings/problem.ts";
import type { Settings } from "../settings.ts";
import { availabilityProblems } from "./availability.ts";
import { bundleProblems } from "./bundle.ts";
import { connectionProblems } from "./connections.ts";
import { externalSecretsProblems } from "./external-secrets.ts";
import { graceProblems } from "./grace.ts";
import { inFlightProblems } from "./in-flight.ts";
import { loadBalancerProblems } from "./load-balancer.ts";
import { memoryProblems } from "./memory.ts";
import { poolerProblems } from "./pooler.ts";
import { restoreProblems } from "./restore.ts";
import { storageProblems } from "./storage.ts";
import { timeoutProblems } from "./timeouts.ts";
import { workerProblems } from "./workers.ts";

type Check = (settings: Settings, region?: string) => Problem[];

/** These look at settings together, after each one was found to be right by itself. */
const checks: readonly Check[] = [graceProblems, timeoutProblems, memoryProblems];

const postgresChecks: readonly Check[] = [
  // Pods connect to PgBouncer, which takes as many as there are.
  (settings) => (settings.pooler.replicas > 0 ? [] : connectionProblems(settings)),
  bundleProblems,
  (settings) => restoreProblems(settings),
  storageProblems,
];

/** A wrong setting can leave a check without what it needs. Such a check is skipped, and the others still run. */
export function allProblems(settings: Settings, service: Description, region?: string): Problem[] {
  const ofDatabase = service.database === "postgresql" ? postgresChecks : [];
  // SQLite's file leaves room for one pod.
  const ofPods = service.database === "sqlite" ? [] : [availabilityProblems];
  const ofService: Check[] = [
    (settings) => workerProblems(settings, service),
    (settings, region) => loadBalancerProblems(settings, service, region),
    (settings) => migrationProblems(settings, service),
    (settings) => poolerProblems(settings, service),
    (settings) => externalSecretsProblems(settings, service),
    (settings) => inFlightProblems(settings, service),
  ];
  return [...checks, ...ofPods, ...ofDatabase, ...ofService].flatMap((check) => {
    try {
      return check(settings, region);
    } catch (error) {
      if (error instanceof WrongSetting) return [];
      throw error;
    }
  });
}
