// Keys and certificates as the real provider makes them: PEM in, PEM out.
import { createPrivateKey, generateKeyPairSync, type webcrypto } from "node:crypto";
// The x509 library needs it first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export function newKey(): { privateKeyPem: string; privateKeyPemPkcs8: string; publicKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: algorithm.namedCurve });
  return {
    privateKeyPem: privateKey.export({ format: "pem", type: "sec1" }).toString(),
    privateKeyPemPkcs8: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    publicKeyPem: publicKey.export({ format: "pem", type: "spki" }).toString(),
  };
}

async function keys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
  const { d: _, key_ops: __, ...open } = await crypto.subtle.exportKey("jwk", privateKey);
  return {
    privateKey,
    publicKey: await crypto.subtle.importKey("jwk", open, algorithm, true, ["verify"]),
  };
}

const keyUses: Record<string, number> = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
};
const extendedUses: Record<string, x509.ExtendedKeyUsage> = {
  server_auth: x509.ExtendedKeyUsage.serverAuth,
  client_auth: x509.ExtendedKeyUsage.clientAuth,
};
export const uses = [...Object.keys(keyUses), ...Object.keys(extendedUses)];

function usage(allowed: readonly string[]): x509.Extension[] {
  const flags = allowed.reduce((all, use) => all | (keyUses[use] ?? 0), 0);
  const extended = allowed.flatMap((use) => extendedUses[use] ?? []);
  return [
    ...(flags ? [new x509.KeyUsagesExtension(flags, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
  ];
}

function validity(hours: number) {
  const notBefore = new Date();
  return { notBefore, notAfter: new Date(notBefore.getTime() + hours * 3_600_000) };
}

const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

const serialNumber = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16)).with(0, 1)).toString("hex");
const nameOf = (commonName: string) => new x509.Name([{ CN: [commonName] }]).toString();

interface Certificate {
  certPem: string;
  validityStartTime: string;
  validityEndTime: string;
}

function told(certificate: x509.X509Certificate): Certificate {
  return {
    certPem: `${certificate.toString("pem")}\n`,
    validityStartTime: certificate.notBefore.toISOString(),
    validityEndTime: certificate.notAfter.toISOString(),
  };
}

interface Wanted {
  allowedUses: readonly string[];
  validityPeriodHours: number;
}

export async function authority({
  privateKeyPem,
  commonName,
  allowedUses,
  validityPeriodHours,
}: Wanted & { privateKeyPem: string; commonName: string }): Promise<Certificate> {
  const pair = await keys(privateKeyPem);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf(commonName),
    ...validity(validityPeriodHours),
    signingAlgorithm: algorithm,
    keys: pair,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      ...usage(allowedUses),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey),
    ],
  });
  return told(certificate);
}

export async function request(privateKeyPem: string, commonName: string, dnsNames: string[]) {
  const names = dnsNames.map((value) => ({ type: "dns" as const, value }));
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(commonName),
    keys: await keys(privateKeyPem),
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return { certRequestPem: `${made.toString("pem")}\n` };
}

export async function signed({
  certRequestPem,
  caCertPem,
  caPrivateKeyPem,
  allowedUses,
  validityPeriodHours,
}: Wanted & {
  certRequestPem: string;
  caCertPem: string;
  caPrivateKeyPem: string;
}): Promise<Certificate> {
  const wanted = new x509.Pkcs10CertificateRequest(certRequestPem);
  const issuer = new x509.X509Certificate(caCertPem);
  const { privateKey } = await keys(caPrivateKeyPem);
  const names = wanted.getExtension(SUBJECT_ALTERNATIVE_NAME);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: wanted.subject,
    issuer: issuer.subject,
    ...validity(validityPeriodHours),
    signingAlgorithm: algorithm,
    publicKey: await wanted.publicKey.export(),
    signingKey: privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...usage(allowedUses),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names ? [names] : []),
    ],
  });
  return told(certificate);
}
