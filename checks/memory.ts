import type { Problem } from "../settings/problem.ts";
import { LEAST_MEBIBYTES, mebibytes } from "../settings/quantity.ts";

/**
 * What each worker after the first adds. In a cgroup two workers with full pools live in 112 MiB and are killed in
 * 104, four live in 176 and are killed in 160 (small requests, Python 3.11, 2026-11); large ones come on top.
 */
const WORKER_MEBIBYTES = 32;

export interface MemorySettings {
  app: { workers: number; memoryRequest: string; memoryLimit: string; targetMemoryPercent: number };
}

/** Of one pod, at the least. */
export interface MemoryBudget {
  neededMiB: number;
  limitMiB: number;
  /** How `neededMiB` comes about. */
  sum: string;
  /** The most workers that the limit holds. */
  largest: { appWorkers: number };
}

export function memoryBudget({ app }: MemorySettings): MemoryBudget {
  const further = app.workers - 1;
  const neededMiB = LEAST_MEBIBYTES + further * WORKER_MEBIBYTES;
  const limitMiB = mebibytes(app.memoryLimit);
  return {
    neededMiB,
    limitMiB,
    sum: `${LEAST_MEBIBYTES} for one worker + ${further} more × ${WORKER_MEBIBYTES} = ${neededMiB} MiB`,
    largest: { appWorkers: 1 + Math.floor((limitMiB - LEAST_MEBIBYTES) / WORKER_MEBIBYTES) },
  };
}

export function memoryProblems(settings: MemorySettings): Problem[] {
  const { workers, memoryRequest, memoryLimit, targetMemoryPercent } = settings.app;
  const { neededMiB, limitMiB, sum, largest } = memoryBudget(settings);
  const problems: Problem[] = [];
  if (limitMiB < neededMiB)
    problems.push({
      key: "appMemoryLimit",
      got: `${memoryLimit} for appWorkers ${workers}`,
      allowed: `${neededMiB}Mi or more (${sum})`,
      fix: `pulumi config set appMemoryLimit ${neededMiB}Mi, or pulumi config set appWorkers ${largest.appWorkers}`,
    });
  // The API server refuses this too, but only after everything before it has been created.
  const least = Math.max(limitMiB, neededMiB);
  if (mebibytes(memoryRequest) > least)
    problems.push({
      key: "appMemoryRequest",
      got: memoryRequest,
      allowed: `appMemoryLimit ${memoryLimit} or less`,
      fix: `pulumi config set appMemoryLimit ${memoryRequest}`,
    });
  // Idle pods would be above it already: always as many as there may be.
  const leastPercent = Math.ceil((neededMiB / mebibytes(memoryRequest)) * 100);
  if (targetMemoryPercent > 0 && targetMemoryPercent < leastPercent)
    problems.push({
      key: "appTargetMemoryPercent",
      got: `${targetMemoryPercent} of appMemoryRequest ${memoryRequest}`,
      allowed: `what idle pods don't use already (${sum}): from ${leastPercent}, or 0`,
      fix:
        leastPercent <= 100
          ? `pulumi config set appTargetMemoryPercent ${leastPercent}`
          : `pulumi config set appMemoryRequest ${Math.ceil((neededMiB * 100) / targetMemoryPercent)}Mi`,
    });
  return problems;
}
