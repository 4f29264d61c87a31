import { existsSync, readFileSync } from "node:fs";
import type { Problem } from "./parse.ts";

/** Amazon's own certificate authorities, which come with the program. */
export const AMAZON = "amazon-rds";

export function bundleProblems({ database }: { database: { caBundle: string } }): Problem[] {
  const path = database.caBundle;
  if (path === AMAZON) return [];
  if (existsSync(path) && readFileSync(path, "utf8").includes("-----BEGIN CERTIFICATE-----")) return [];
  return [
    {
      key: "databaseCaBundle",
      got: `${path}, which holds no certificate`,
      allowed: `${AMAZON} or the path of a PEM file`,
      fix: `pulumi config set databaseCaBundle ${AMAZON}`,
    },
  ];
}
