import { type InstanceClass, instanceClasses, maxConnections } from "../components/instance-classes.ts";
import { SURGE } from "../components/rollout.ts";
import type { Problem } from "../settings/problem.ts";

/** Of each worker: its readiness asks on a connection of its own. */
export const READINESS = 1;
export const MIGRATION = 1;
/** PostgreSQL's 3 and RDS' 2 for superusers, and 5 for people and monitoring. */
export const RESERVE = 10;

export interface ConnectionSettings {
  app: { minReplicas: number; maxReplicas: number; workers: number };
  database: { instanceClass: InstanceClass; poolSize: number; maxOverflow: number };
}

/**
 * The connections of a rolling update under full load: each replica and the surge with full pools, the migration, the
 * reserve. Pods that are stopping aren't counted, although each keeps its pool until it has drained. A Deployment
 * doesn't count them in its surge either, so a quick rollout may need more.
 */
export interface ConnectionBudget {
  instanceClass: InstanceClass;
  available: number;
  needed: number;
  /** How `needed` comes about. */
  sum: string;
  /** For each setting the largest safe value while the others stay. Undefined where no value is safe. */
  largest: Record<
    "appMaxReplicas" | "appWorkers" | "databasePoolSize" | "databaseMaxOverflow",
    number | undefined
  >;
  /** The smallest instance class that is enough, if any is. */
  smallestClass: InstanceClass | undefined;
  /** A combination that fits where no single change does: no overflow and, if need be, one worker or fewer replicas. */
  combination: Record<string, number>;
}

export function connectionBudget({ app, database }: ConnectionSettings): ConnectionBudget {
  const { instanceClass, poolSize, maxOverflow } = database;
  const available = maxConnections(instanceClass);
  const pods = app.maxReplicas + SURGE;
  const worker = poolSize + maxOverflow + READINESS;
  const needed = pods * app.workers * worker + MIGRATION + RESERVE;

  const shared = available - MIGRATION - RESERVE;
  const pool = Math.floor(shared / (pods * app.workers)) - READINESS;
  const atLeast = (least: number, value: number) => (value >= least ? value : undefined);
  return {
    instanceClass,
    available,
    needed,
    sum: `(${app.maxReplicas} + ${SURGE} surge) × ${app.workers} worker${app.workers > 1 ? "s" : ""} × (${poolSize} + ${maxOverflow} + ${READINESS} readiness) + ${MIGRATION} migration + ${RESERVE} reserve = ${needed}`,
    largest: {
      appMaxReplicas: atLeast(app.minReplicas, Math.floor(shared / (app.workers * worker)) - SURGE),
      appWorkers: atLeast(1, Math.floor(shared / (pods * worker))),
      databasePoolSize: atLeast(1, pool - maxOverflow),
      databaseMaxOverflow: atLeast(0, pool - poolSize),
    },
    smallestClass: instanceClasses.find((candidate) => needed <= maxConnections(candidate)),
    combination: combination(app, shared, pool),
  };
}

function combination(app: ConnectionSettings["app"], shared: number, pool: number): Record<string, number> {
  if (pool >= 1) return { databasePoolSize: pool, databaseMaxOverflow: 0 };
  const smallest = { databasePoolSize: 1, databaseMaxOverflow: 0, ...(app.workers > 1 && { appWorkers: 1 }) };
  const most = Math.floor(shared / (1 + READINESS)) - SURGE;
  if (app.maxReplicas <= most) return smallest;
  return { ...smallest, ...(app.minReplicas > most && { appMinReplicas: most }), appMaxReplicas: most };
}

interface Budget {
  instanceClass: string;
  available: number;
  /** Of each setting alone; undefined where none is safe. */
  largest: Record<string, number | undefined>;
  smallestClass?: string;
}

/** What fits a budget, and the commands of which each one alone is enough. */
export function roomFor({ instanceClass, available, largest, smallestClass }: Budget) {
  const safe = Object.entries(largest).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${value}`],
  );
  const ways = [...safe, ...(smallestClass ? [`databaseInstanceClass ${smallestClass}`] : [])];
  return {
    allowed: `${available} on ${instanceClass}; the largest safe value of each alone: ${safe.join(", ") || "none"}`,
    fix: ways.map((way) => `pulumi config set ${way}`).join(", or "),
  };
}

export function connectionProblems(settings: ConnectionSettings): Problem[] {
  const budget = connectionBudget(settings);
  if (budget.needed <= budget.available) return [];
  const { allowed, fix } = roomFor(budget);
  return [
    {
      key: "appMaxReplicas",
      got: `${settings.app.maxReplicas}, which needs ${budget.sum} connections`,
      allowed,
      fix:
        fix ||
        Object.entries(budget.combination)
          .map(([key, value]) => `pulumi config set ${key} ${value}`)
          .join(", then "),
    },
  ];
}
