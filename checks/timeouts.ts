import { IDLE_SECONDS } from "../components/idle-timeout.ts";
import type { Problem } from "../settings/problem.ts";
import { atLeast } from "./limits.ts";

/** Any longer, and the load balancer answers first. */
export const LONGEST_REQUEST = IDLE_SECONDS - 1;

/** Any shorter, and reused connections break. */
export const SHORTEST_KEEP_ALIVE = IDLE_SECONDS + 1;

/** Leaves room for a statement of a second, which is the shortest limit that can be set. */
export const SHORTEST_REQUEST = 2;

export interface TimeoutSettings {
  app: { requestTimeoutSeconds: number };
  database: { commandTimeoutSeconds: number };
}

/** A request must be able to see its transaction fail and still answer. */
export function shortestRequest({ database }: Pick<TimeoutSettings, "database">): number {
  return database.commandTimeoutSeconds + 1;
}

export function timeoutProblems(settings: TimeoutSettings): Problem[] {
  return atLeast(
    ["appRequestTimeoutSeconds", settings.app.requestTimeoutSeconds],
    shortestRequest(settings),
    `more than databaseCommandTimeoutSeconds ${settings.database.commandTimeoutSeconds} and the half second that a transaction gets beyond it`,
  );
}
