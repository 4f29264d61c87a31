// What the emulated provider `tls` makes, as clients see it.
import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { authority, newKey, request, signed } from "../../emulator/tls/keys.ts";

const HOURS = 24;
const authorityOf = (key: string) =>
  authority({
    privateKeyPem: key,
    commonName: "Authority of orders-pooler",
    allowedUses: ["cert_signing"],
    validityPeriodHours: HOURS,
  });

async function certificate(authorityKey: string, caCertPem: string) {
  const { privateKeyPem } = newKey();
  const { certRequestPem } = await request(privateKeyPem, "orders-pooler", ["orders-pooler"]);
  const made = await signed({
    ...{ certRequestPem, caCertPem, caPrivateKeyPem: authorityKey },
    allowedUses: ["digital_signature", "server_auth"],
    validityPeriodHours: HOURS,
  });
  return { key: privateKeyPem, ...made, read: new X509Certificate(made.certPem) };
}

test("a certificate is the host's, its key fits, and its authority has signed it", async () => {
  const { privateKeyPem } = newKey();
  const { certPem } = await authorityOf(privateKeyPem);
  const made = await certificate(privateKeyPem, certPem);
  const issuer = new X509Certificate(certPem);
  expect([made.read.verify(issuer.publicKey), made.read.checkIssued(issuer)]).toEqual([true, true]);
  expect([issuer.ca, made.read.ca]).toEqual([true, false]);
  expect(made.read.checkHost("orders-pooler")).toBe("orders-pooler");
  expect(made.read.checkHost("database.example")).toBeUndefined();
  const valid = Date.parse(made.validityEndTime) - Date.parse(made.validityStartTime);
  expect(valid).toBe(HOURS * 3_600_000);
});

test("who knows the authority of before trusts what the next one signs; no other does", async () => {
  const [{ privateKeyPem }, other] = [newKey(), newKey()];
  const [before, after] = [await authorityOf(privateKeyPem), await authorityOf(privateKeyPem)];
  expect(after.certPem).not.toBe(before.certPem);
  const { read } = await certificate(privateKeyPem, after.certPem);
  const known = new X509Certificate(before.certPem);
  expect([read.verify(known.publicKey), read.checkIssued(known)]).toEqual([true, true]);
  const stranger = new X509Certificate((await authorityOf(other.privateKeyPem)).certPem);
  expect(read.verify(stranger.publicKey)).toBe(false);
});
