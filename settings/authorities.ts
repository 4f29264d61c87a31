import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AMAZON } from "../components/authorities.ts";
import { fileAt } from "./file.ts";
import type { Grammar } from "./types.ts";

/** What a ConfigMap holds at the most. */
const LARGEST = 1 << 20;

/** Certificate authorities, all of one PEM file, which pods get as it is. */
export const authorities: Grammar = {
  pattern: /[\s\S]*/,
  allowed: `${AMAZON} or the path of a PEM file with a certificate authority that hasn't expired`,
  fault: (path) => {
    const why = path === AMAZON ? undefined : (unreadable(path) ?? useless(readFileSync(path, "utf8")));
    return why === undefined ? undefined : { why };
  },
};

function unreadable(path: string): string | undefined {
  const file = fileAt(path);
  if (!file) return "where there is no file";
  if (file.isDirectory()) return "which is a folder";
  // A pipe would never end.
  if (!file.isFile()) return "which is no plain file";
  if (file.size > LARGEST) return "which is larger than the 1 MiB that a ConfigMap holds";
  try {
    readFileSync(path);
  } catch (error) {
    return `which can't be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

function useless(pem: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return "which holds a private key";
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) return "which holds no certificate";
  const certificates = found.map(certificate);
  const broken = certificates.indexOf(undefined);
  if (broken >= 0) return `whose certificate ${broken + 1} can't be read`;
  const authorities = certificates.filter((one) => one?.ca);
  if (authorities.length === 0) return "which holds no certificate of an authority";
  const isValid = authorities.some((one) => one && one.validToDate > new Date());
  return isValid ? undefined : "whose certificate authorities have expired";
}

function certificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
