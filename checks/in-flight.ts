import type { Description } from "../description/description.ts";
import type { Problem } from "../settings/problem.ts";

/** Pods are added for what the service tells of them, where there may be more than one. */
export function inFlightProblems(
  { app }: { app: { targetRequestsInFlight: number } },
  { database, http }: Pick<Description, "database" | "http">,
): Problem[] {
  if (app.targetRequestsInFlight === 0) return [];
  const refused = (why: string): Problem[] => [
    {
      key: "appTargetRequestsInFlight",
      got: String(app.targetRequestsInFlight),
      allowed: `0 ${why}`,
      fix: "pulumi config set appTargetRequestsInFlight 0",
    },
  ];
  if (database === "sqlite") return refused('where service.ts has database: "sqlite": one pod has the file');
  if (!http?.metrics) return refused("as long as service.ts has no http.metrics: nobody counts requests");
  return [];
}
