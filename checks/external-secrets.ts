import type { Description } from "../description/description.ts";
import type { Problem } from "../settings/problem.ts";

/** The only secrets that pods have are how to log in to PostgreSQL. */
export function externalSecretsProblems(
  { externalSecrets }: { externalSecrets: boolean },
  { database }: Pick<Description, "database">,
): Problem[] {
  if (!externalSecrets || database === "postgresql") return [];
  return [
    {
      key: "externalSecrets",
      got: "true",
      allowed: `false where service.ts has database: "${database}": its pods have no Secrets`,
      fix: "pulumi config set externalSecrets false",
    },
  ];
}
