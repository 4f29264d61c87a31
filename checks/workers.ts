import type { Description } from "../description/description.ts";
import { known, knownIn } from "../description/known.ts";
import type { Problem } from "../settings/problem.ts";

/** A service that isn't told of its workers would never start them, and the budgets would count them. */
export function workerProblems(
  { app }: { app: { workers: number } },
  { variables }: Pick<Description, "variables">,
): Problem[] {
  if (app.workers === 1 || Object.values(variables).flatMap(knownIn).includes(known.workers)) return [];
  return [
    {
      key: "appWorkers",
      got: String(app.workers),
      allowed: "1, as long as no variable in service.ts has known.workers",
      fix: "pulumi config set appWorkers 1",
    },
  ];
}
