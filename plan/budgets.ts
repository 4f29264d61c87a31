// How much of each limit the settings use. The checks that refuse too much use the same functions.
import { addressBudget } from "../checks/addresses.ts";
import { availabilityBudget } from "../checks/availability.ts";
import { type FileBudget, fileBudget } from "../checks/file.ts";
import { drawGraceChain, graceChain } from "../checks/grace.ts";
import { memoryBudget } from "../checks/memory.ts";
import { databaseConnections, poolerClients } from "../checks/pooler.ts";
import type { Description } from "../description/description.ts";
import { migrationPlan } from "../migrations/check.ts";
import type { Settings } from "../settings.ts";

/** The part of them that plan.json has. */
export interface Budgets {
  connections: {
    instanceClass: string;
    needed: number;
    available: number;
    sum: string;
    /** That the service may have to each pooler; null without one. */
    poolerClients: number | null;
  } | null;
  /** Of SQLite; null where the database is another. */
  file: FileBudget | null;
  /** Of one pod, for its workers alone. */
  memory: { neededMiB: number; limitMiB: number; sum: string };
  /** Of one zone. The others are like it. */
  addresses: { subnet: string; cidr: string; needed: number; available: number; sum: string }[];
  availability: {
    minReplicas: number;
    maxReplicas: number;
    zones: number;
    leftInDrain: number;
    leftWithoutZone: number;
  };
  grace: {
    steps: { what: string; fromSeconds: number; toSeconds: number }[];
    requestSeconds: number;
    loadBalancerIdleSeconds: number;
    keepAliveSeconds: number;
    /** Lines of plain characters. */
    picture: string[];
  };
  /** Digest of a pinned image. It brings its own revisions, so those of the source don't count. */
  pinnedImage: string | null;
  /** Revisions that may break the running version. */
  breakingRevisions: { revision: string; isAcknowledged: boolean; what: string[] }[];
}

export function budgets(settings: Settings, service: Description): Budgets {
  const { instanceClass, needed, available, sum } = databaseConnections(settings);
  const { minReplicas, maxReplicas, zones, leftInDrain, leftWithoutZone } = availabilityBudget(settings);
  const { neededMiB, limitMiB, sum: memorySum } = memoryBudget(settings);
  const chain = graceChain(settings);
  const pinnedImage = settings.image.digest ?? null;
  const { revisions } = pinnedImage ? { revisions: [] } : migrationPlan(settings, service);
  return {
    connections:
      service.database === "postgresql"
        ? {
            ...{ instanceClass, needed, available, sum },
            poolerClients: settings.pooler.replicas > 0 ? poolerClients(settings) : null,
          }
        : null,
    file: service.database === "sqlite" ? fileBudget(settings) : null,
    memory: { neededMiB, limitMiB, sum: memorySum },
    addresses: addressBudget(inPods(settings, service)).subnets.map(
      ({ kind, cidr, needed, available, sum }) => {
        return { subnet: kind, cidr, needed, available, sum };
      },
    ),
    availability: { minReplicas, maxReplicas, zones, leftInDrain, leftWithoutZone },
    grace: { steps: [...chain.steps], ...chain.connection, picture: drawGraceChain(chain) },
    pinnedImage,
    breakingRevisions: revisions
      .filter(({ breakingSteps }) => breakingSteps.length > 0)
      .map(({ id, isAcknowledged, breakingSteps }) => ({
        ...{ revision: id, isAcknowledged },
        what: breakingSteps.map(({ place, operation, why }) => `${place}: ${operation}: ${why}`),
      })),
  };
}

/** SQLite's file leaves room for one pod, whatever the settings ask for. */
function inPods(settings: Settings, { database }: Description): Settings {
  return database === "sqlite" ? { ...settings, app: { ...settings.app, maxReplicas: 1 } } : settings;
}
