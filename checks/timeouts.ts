import { atLeast } from "./limits.ts";
import type { Problem } from "./parse.ts";

export interface TimeoutSettings {
  app: { requestTimeoutSeconds: number };
  database: { connectTimeoutSeconds: number; commandTimeoutSeconds: number };
}

/** A request must be able to see the database fail and still answer. */
export function timeoutProblems({ app, database }: TimeoutSettings): Problem[] {
  const { connectTimeoutSeconds: connect, commandTimeoutSeconds: command } = database;
  return atLeast(
    ["appRequestTimeoutSeconds", app.requestTimeoutSeconds],
    connect + command + 1,
    `more than databaseConnectTimeoutSeconds ${connect} + databaseCommandTimeoutSeconds ${command}`,
  );
}
