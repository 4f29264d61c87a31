import { type InstanceClass, instanceClasses, maxConnections } from "../components/instance-classes.ts";
import { GENERATIONS, SURGE } from "../components/rollout.ts";
import type { Description } from "../description/description.ts";
import type { Problem } from "../settings/problem.ts";
import {
  type ConnectionSettings,
  connectionBudget,
  MIGRATION,
  READINESS,
  RESERVE,
  roomFor,
} from "./connections.ts";

/** Open at once while a credential rotates: the one that pods leave, and the one that they move to. */
const LOGINS = 2;
/** Below it, a pod that is replaced or lost takes every connection with it. */
const LEAST_PROTECTED = 2;

export interface PoolerSettings extends ConnectionSettings {
  protect: boolean;
  pooler: { replicas: number; size: number };
}

/** Of PgBouncer's to PostgreSQL, when every pool is full, an update replaces its pods and a credential rotates. */
export interface PoolerBudget {
  instanceClass: InstanceClass;
  available: number;
  needed: number;
  /** How `needed` comes about. */
  sum: string;
  /** The largest safe value of each setting while the other stays. One connection each is always safe. */
  largest: { poolerSize: number; poolerReplicas: number | undefined };
  /** The smallest instance class that is enough, if any is. */
  smallestClass: InstanceClass | undefined;
}

export function poolerBudget({ protect, database, pooler }: PoolerSettings): PoolerBudget {
  const { instanceClass } = database;
  const { size } = pooler;
  const fewest = protect ? LEAST_PROTECTED : 1;
  const replicas = Math.max(pooler.replicas, fewest);
  const available = maxConnections(instanceClass);
  const each = GENERATIONS * LOGINS;
  const needed = replicas * each * size + MIGRATION + RESERVE;

  const shared = available - MIGRATION - RESERVE;
  const most = Math.floor(shared / (each * size));
  return {
    instanceClass,
    available,
    needed,
    sum: `${replicas} poolers × ${GENERATIONS} while they are replaced × ${LOGINS} logins × ${size} + ${MIGRATION} migration + ${RESERVE} reserve = ${needed}`,
    largest: {
      poolerSize: Math.floor(shared / (replicas * each)),
      poolerReplicas: most >= fewest ? most : undefined,
    },
    smallestClass: instanceClasses.find((candidate) => needed <= maxConnections(candidate)),
  };
}

/**
 * Connections that the service may have when all its pods have full pools, an update's included: those that come, and
 * those that go. The last pooler must take them all.
 */
export function poolerClients({ app, database }: ConnectionSettings): number {
  const worker = database.poolSize + database.maxOverflow + READINESS;
  return 2 * (app.maxReplicas + SURGE) * app.workers * worker;
}

/** What PostgreSQL must have room for, with PgBouncer in front of it or without. */
export function databaseConnections(settings: PoolerSettings) {
  return settings.pooler.replicas > 0 ? poolerBudget(settings) : connectionBudget(settings);
}

export function poolerProblems(
  settings: PoolerSettings,
  { database }: Pick<Description, "database">,
): Problem[] {
  const { replicas } = settings.pooler;
  if (replicas === 0) return [];
  if (database !== "postgresql") {
    return [
      {
        key: "poolerReplicas",
        got: String(replicas),
        allowed: `0 where service.ts has database: "${database}": PgBouncer stands in front of PostgreSQL alone`,
        fix: "pulumi config set poolerReplicas 0",
      },
    ];
  }
  return [...tooFew(settings), ...tooManyConnections(settings)];
}

function tooFew({ protect, pooler: { replicas } }: PoolerSettings): Problem[] {
  if (!protect || replicas >= LEAST_PROTECTED) return [];
  return [
    {
      key: "poolerReplicas",
      got: String(replicas),
      allowed: `0, or ${LEAST_PROTECTED} or more where protect is true (one that is lost takes every connection)`,
      fix: `pulumi config set poolerReplicas ${LEAST_PROTECTED}`,
    },
  ];
}

function tooManyConnections(settings: PoolerSettings): Problem[] {
  const budget = poolerBudget(settings);
  if (budget.needed <= budget.available) return [];
  return [
    {
      key: "poolerSize",
      got: `${settings.pooler.size}, which needs ${budget.sum} connections`,
      ...roomFor(budget),
    },
  ];
}
