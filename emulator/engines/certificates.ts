// Certificate authorities of the emulator and what they sign.
import type { webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// The x509 library needs it first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const yearsValid = 10;

interface Signed {
  certificate: string;
  key: string;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), algorithm, true, ["sign"]);

function validity() {
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + yearsValid);
  return { notBefore, notAfter };
}

const serialNumber = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16)).with(0, 1)).toString("hex");

function store(folder: string, name: string, signed: Signed): Signed {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.crt`), signed.certificate);
  writeFileSync(join(folder, `${name}.key`), signed.key, { mode: 0o600 });
  return signed;
}

function stored(folder: string, name: string): Signed | undefined {
  if (!existsSync(join(folder, `${name}.key`))) return undefined;
  return {
    certificate: readFileSync(join(folder, `${name}.crt`), "utf8"),
    key: readFileSync(join(folder, `${name}.key`), "utf8"),
  };
}

/** Makes (once) the authority `<folder>/<name>.crt|.key`. */
export async function authority(folder: string, name: string): Promise<Signed> {
  const existing = stored(folder, name);
  if (existing) return existing;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=fastapi-eks emulator ${name}`,
    ...validity(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return store(folder, name, {
    certificate: certificate.toString("pem"),
    key: await exportKey(keys.privateKey),
  });
}

interface Subject {
  commonName: string;
  organization?: string;
  /** DNS names and IPv4 addresses; with any of them it is a server's certificate too. */
  names?: string[];
}

/** Makes `<folder>/<name>.crt|.key`, signed by an authority. */
export async function issue(issuer: Signed, folder: string, name: string, subject: Subject): Promise<Signed> {
  const issuerCertificate = new x509.X509Certificate(issuer.certificate);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const subjectName: x509.JsonName = [{ CN: [subject.commonName] }];
  if (subject.organization) subjectName.unshift({ O: [subject.organization] });
  const names = (subject.names ?? []).map(
    (value): x509.JsonGeneralName => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value }),
  );
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: new x509.Name(subjectName).toString(),
    issuer: issuerCertificate.subject,
    ...validity(),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(issuer.key),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.clientAuth,
        x509.ExtendedKeyUsage.serverAuth,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuerCertificate),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return store(folder, name, {
    certificate: certificate.toString("pem"),
    key: await exportKey(keys.privateKey),
  });
}
