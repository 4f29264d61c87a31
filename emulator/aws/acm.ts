// acm.Certificate and acm.CertificateValidation, by DNS.
import { createHash } from "node:crypto";
import { matching, object, oneOf, set, string, tags, type Values } from "../provider/properties.ts";
import { arn, newUuid } from "./account.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { records } from "./route53.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";

const invalid = "ValidationException";
const label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const domain = (length: number) =>
  matching(
    new RegExp(`^(?=.{1,${length}}$)(\\*\\.)?(${label}\\.)+${label}$`, "i"),
    `a domain name of at most ${length} characters`,
  );

// RequestCertificate in ACM's API reference, and "Certificate characteristics" in its user guide, 2026-11.
const properties = {
  /** It is the common name, which X.509 ends at 64 characters. */
  domainName: string({ required: true, replaceOnChange: true, constraint: domain(64) }),
  subjectAlternativeNames: set(string({ constraint: domain(253) }), {
    computed: true,
    replaceOnChange: true,
  }),
  // Imported certificates, and those validated by mail, aren't here.
  validationMethod: string({ required: true, replaceOnChange: true, constraint: oneOf("DNS") }),
  keyAlgorithm: string({
    computed: true,
    replaceOnChange: true,
    constraint: oneOf("RSA_2048", "EC_prime256v1", "EC_secp384r1"),
  }),
  options: object({
    certificateTransparencyLoggingPreference: string({ constraint: oneOf("ENABLED", "DISABLED") }),
  }),
  tags,
};

interface ValidationOption {
  domainName: string;
  resourceRecordName: string;
  resourceRecordType: "CNAME";
  resourceRecordValue: string;
}

interface Certificate extends Identified, Values<typeof properties> {
  arn: string;
  status: "PENDING_VALIDATION" | "ISSUED";
  type: string;
  keyAlgorithm: string;
  subjectAlternativeNames: string[];
  domainValidationOptions: ValidationOption[];
}

export const certificates = table<Certificate>("acm/certificate", {
  code: "ResourceNotFoundException",
  noun: "certificate",
});

/** The same for a domain of an account however often one asks; one record serves a name and its wildcard. */
function validationOption(domainName: string): ValidationOption {
  const name = domainName.replace(/^\*\./, "");
  const digest = (text: string) => createHash("md5").update(`${text} ${name}`).digest("hex");
  return {
    domainName,
    resourceRecordName: `_${digest("name")}.${name}.`,
    resourceRecordType: "CNAME",
    resourceRecordValue: `_${digest("value")}.${digest("zone").slice(0, 10)}.acm-validations.aws.`,
  };
}

export const certificate = resourceType({
  token: "aws:acm/certificate:Certificate",
  invalid,
  table: certificates,
  properties,
  create({ domainName, subjectAlternativeNames = [], keyAlgorithm = "RSA_2048" }) {
    const id = arn("acm", `certificate/${newUuid()}`);
    const names = [...new Set([domainName, ...subjectAlternativeNames])];
    return {
      id,
      arn: id,
      status: "PENDING_VALIDATION" as const,
      type: "AMAZON_ISSUED",
      keyAlgorithm,
      subjectAlternativeNames: names,
      domainValidationOptions: names.map(validationOption),
    };
  },
  delete: ({ id }) => refuseWhileUsed(id, ["elbv2/listener"], "certificate", "ResourceInUseException"),
});

const validationProperties = {
  certificateArn: string({ required: true, replaceOnChange: true }),
  validationRecordFqdns: set(string(), { replaceOnChange: true }),
};

const ending = (name: string) => name.toLowerCase().replace(/\.$/, "");

/** ACM waits for them for 72 hours, and the provider for 75 minutes: what isn't there by now won't come. */
function refuseMissing({ domainValidationOptions }: Certificate, fqdns: string[] | undefined): void {
  for (const { resourceRecordName: name, resourceRecordValue: value } of domainValidationOptions) {
    const found = records.find(({ fqdn, type }) => type === "CNAME" && fqdn === ending(name));
    if (fqdns && !fqdns.map(ending).includes(ending(name)))
      throw new AwsError(invalid, `validationRecordFqdns lacks ${name}`);
    if (!found?.records?.map(ending).includes(ending(value))) {
      const message = `timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION'): there is no CNAME ${name} with ${value}`;
      throw new AwsError(invalid, message);
    }
  }
}

export const certificateValidation = resourceType({
  token: "aws:acm/certificateValidation:CertificateValidation",
  invalid,
  table: table<Identified & Values<typeof validationProperties>>("acm/certificateValidation", {
    code: "ResourceNotFoundException",
    noun: "validation of certificate",
  }),
  properties: validationProperties,
  create({ certificateArn, validationRecordFqdns }) {
    const certificate = certificates.expect(certificateArn);
    refuseMissing(certificate, validationRecordFqdns);
    certificates.put({ ...certificate, status: "ISSUED" });
    return { id: certificateArn };
  },
});
