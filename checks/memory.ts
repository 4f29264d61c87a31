import type { Problem } from "../settings/problem.ts";
import { mebibytes } from "../settings/quantity.ts";

/** The API server refuses this too, but only after everything before it has been created. */
export function memoryProblems({ app }: { app: { memoryRequest: string; memoryLimit: string } }): Problem[] {
  if (mebibytes(app.memoryRequest) <= mebibytes(app.memoryLimit)) return [];
  return [
    {
      key: "appMemoryRequest",
      got: app.memoryRequest,
      allowed: `appMemoryLimit ${app.memoryLimit} or less`,
      fix: `pulumi config set appMemoryLimit ${app.memoryRequest}`,
    },
  ];
}
