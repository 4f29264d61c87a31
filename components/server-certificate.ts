import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { LocallySignedCert } from "@pulumi/tls/locallySignedCert.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { SelfSignedCert } from "@pulumi/tls/selfSignedCert.js";

/** Each year has certificates of its own, by the first `up` in it. Without an `up` for two years, the last ends. */
const VALIDITY_HOURS = 3 * 365 * 24;

export interface ServerCertificateArgs {
  /** Name under which clients reach the server. */
  host: string;
  /** Other names of it. */
  aliases?: readonly pulumi.Input<string>[];
  /** Another one means new certificates. */
  year: number;
}

/** Certificate of a server inside the cluster, and the authority that its clients verify it against. */
export class ServerCertificate extends pulumi.ComponentResource {
  readonly host: string;
  /** For clients, as PEM. */
  readonly authority: pulumi.Output<string>;
  /** For the server, as PEM. */
  readonly certificate: pulumi.Output<string>;
  /** A Pulumi secret, as PEM. */
  readonly key: pulumi.Output<string>;

  constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:ServerCertificate", name, {}, opts);
    const child = { parent: this };
    const { host, aliases = [], year } = args;

    const privateKey = (part: string) =>
      new PrivateKey(`${name}-${part}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child).privateKeyPem;
    // Both keys and the authority's name stay. So whoever knows last year's authority trusts this year's certificate,
    // and the other way round: clients and server needn't change at once.
    const [authorityKey, key] = [privateKey("authority-key"), privateKey("key")];
    // The provider replaces nothing that is due (pulumi/pulumi-tls#39); another name does.
    const authority = new SelfSignedCert(
      `${name}-authority-${year}`,
      {
        privateKeyPem: authorityKey,
        subject: { commonName: `Authority of ${host}` },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing"],
        validityPeriodHours: VALIDITY_HOURS,
      },
      child,
    );
    const request = new CertRequest(
      `${name}-request`,
      { privateKeyPem: key, subject: { commonName: host }, dnsNames: [host, ...aliases] },
      child,
    );
    const certificate = new LocallySignedCert(
      `${name}-${year}`,
      {
        caPrivateKeyPem: authorityKey,
        caCertPem: authority.certPem,
        certRequestPem: request.certRequestPem,
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: VALIDITY_HOURS,
      },
      child,
    );

    this.host = host;
    this.authority = authority.certPem;
    this.certificate = certificate.certPem;
    this.key = pulumi.secret(key);
    this.registerOutputs();
  }
}
