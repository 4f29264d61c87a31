import { atLeast, atMost } from "./limits.ts";
import type { Problem } from "./parse.ts";

/** How long the load balancer keeps an idle connection: an ALB's default. */
export const LOAD_BALANCER_IDLE_SECONDS = 60;

/** Any longer, and the load balancer answers first. */
export const LONGEST_REQUEST = LOAD_BALANCER_IDLE_SECONDS - 1;

export interface TimeoutSettings {
  app: { requestTimeoutSeconds: number };
  database: { connectTimeoutSeconds: number; commandTimeoutSeconds: number };
}

/** What a request needs to see the database fail, once a command takes no longer than it may. */
export function shortestRequest({ database }: Pick<TimeoutSettings, "database">): number {
  const { connectTimeoutSeconds: connect, commandTimeoutSeconds: command } = database;
  return connect + Math.min(command, longestCommand(connect)) + 1;
}

function longestCommand(connect: number): number {
  return LONGEST_REQUEST - 1 - connect;
}

/** A request must be able to see the database fail and still answer. */
export function timeoutProblems(settings: TimeoutSettings): Problem[] {
  const { connectTimeoutSeconds: connect, commandTimeoutSeconds: command } = settings.database;
  const most = longestCommand(connect);
  return [
    atMost(
      ["databaseCommandTimeoutSeconds", command],
      most,
      `with databaseConnectTimeoutSeconds ${connect} less than the ${LONGEST_REQUEST} that a request may take`,
    ),
    atLeast(
      ["appRequestTimeoutSeconds", settings.app.requestTimeoutSeconds],
      shortestRequest(settings),
      `more than databaseConnectTimeoutSeconds ${connect} + databaseCommandTimeoutSeconds ${Math.min(command, most)}`,
    ),
  ].flat();
}
