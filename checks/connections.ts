import { type InstanceClass, instanceClasses, maxConnections } from "../components/instance-classes.ts";
import { SURGE } from "../components/rollout.ts";
import type { Problem } from "../settings/problem.ts";

const WORKERS = 1;
const READINESS = 1;
const MIGRATION = 1;
/** PostgreSQL's 3 and RDS' 2 for superusers, and 5 for people and monitoring. */
const RESERVE = 10;

export interface ConnectionSettings {
  app: { minReplicas: number; maxReplicas: number };
  database: { instanceClass: InstanceClass; poolSize: number; maxOverflow: number };
}

/**
 * Connections of a rolling update under full load: every replica and the surge with full pools, the
 * migration, the reserve. Pods on their way out aren't counted: a Deployment leaves them out of its surge,
 * and each keeps its pool through preStop and the graceful timeout, so a quick rollout may hold more.
 */
export interface ConnectionBudget {
  instanceClass: InstanceClass;
  available: number;
  needed: number;
  /** How `needed` comes about. */
  sum: string;
  /** The largest safe value of each setting while the others stay; undefined when none is. */
  largest: Record<"appMaxReplicas" | "databasePoolSize" | "databaseMaxOverflow", number | undefined>;
  /** The smallest instance class that is enough, if any is. */
  smallestClass: InstanceClass | undefined;
  /** What passes together where nothing does alone: no overflow, and fewer replicas if they must be. */
  combination: Record<string, number>;
}

export function connectionBudget({ app, database }: ConnectionSettings): ConnectionBudget {
  const { instanceClass, poolSize, maxOverflow } = database;
  const available = maxConnections(instanceClass);
  const pods = app.maxReplicas + SURGE;
  const pod = WORKERS * (poolSize + maxOverflow) + READINESS;
  const needed = pods * pod + MIGRATION + RESERVE;

  const shared = available - MIGRATION - RESERVE;
  const pool = Math.floor((Math.floor(shared / pods) - READINESS) / WORKERS);
  const atLeast = (least: number, value: number) => (value >= least ? value : undefined);
  return {
    instanceClass,
    available,
    needed,
    sum: `(${app.maxReplicas} + ${SURGE} surge) × (${WORKERS} worker × (${poolSize} + ${maxOverflow}) + ${READINESS} readiness) + ${MIGRATION} migration + ${RESERVE} reserve = ${needed}`,
    largest: {
      appMaxReplicas: atLeast(app.minReplicas, Math.floor(shared / pod) - SURGE),
      databasePoolSize: atLeast(1, pool - maxOverflow),
      databaseMaxOverflow: atLeast(0, pool - poolSize),
    },
    smallestClass: instanceClasses.find((candidate) => needed <= maxConnections(candidate)),
    combination: {
      databasePoolSize: Math.max(1, pool),
      databaseMaxOverflow: 0,
      ...(pool < 1 && fewer(app, Math.floor(shared / (WORKERS + READINESS)) - SURGE)),
    },
  };
}

function fewer({ minReplicas }: ConnectionSettings["app"], most: number): Record<string, number> {
  return { ...(minReplicas > most && { appMinReplicas: most }), appMaxReplicas: most };
}

export function connectionProblems(settings: ConnectionSettings): Problem[] {
  const { instanceClass, available, needed, sum, largest, smallestClass, combination } =
    connectionBudget(settings);
  if (needed <= available) return [];
  const safe = Object.entries(largest).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${value}`],
  );
  const ways = [...safe, ...(smallestClass ? [`databaseInstanceClass ${smallestClass}`] : [])];
  return [
    {
      key: "appMaxReplicas",
      got: `${settings.app.maxReplicas}, which needs ${sum} connections`,
      allowed: `${available} on ${instanceClass}; the largest safe value of each alone: ${safe.join(", ") || "none"}`,
      fix:
        ways.map((way) => `pulumi config set ${way}`).join(", or ") ||
        Object.entries(combination)
          .map(([key, value]) => `pulumi config set ${key} ${value}`)
          .join(", then "),
    },
  ];
}
