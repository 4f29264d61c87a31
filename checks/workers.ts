import type { Description } from "../description/description.ts";
import { known, knownIn } from "../description/known.ts";
import type { Problem } from "../settings/problem.ts";

/** Workers that the service never hears of would be budgeted for, and never start. */
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
