import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import { getZoneOutput } from "@pulumi/aws/route53/getZone.js";
import { Record as DnsRecord } from "@pulumi/aws/route53/record.js";
import type * as pulumi from "@pulumi/pulumi";

/** The id of a public zone, which is older than the stack. A preview fails where there is none of that name. */
export function hostedZone(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  return getZoneOutput({ name, privateZone: false }, { parent }).zoneId;
}

/**
 * The ARN of a certificate, once it is valid. Its record stays, or ACM couldn't renew it. Another domain means another
 * certificate, which listeners have before the old one is deleted.
 */
export function certificate(
  name: string,
  domainName: string,
  zoneId: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const certificate = new Certificate(name, { domainName, validationMethod: "DNS" }, { parent });
  // One for each name of it, of which it has this one.
  const option = certificate.domainValidationOptions.apply(([first]) => first as NonNullable<typeof first>);
  const record = new DnsRecord(
    `${name}-proof`,
    {
      zoneId,
      name: option.resourceRecordName,
      type: option.resourceRecordType,
      records: [option.resourceRecordValue],
      ttl: 300,
      // ACM asks an account for the same record each time: another stack's certificate may have made it.
      allowOverwrite: true,
    },
    { parent },
  );
  const validation = new CertificateValidation(
    `${name}-validity`,
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    { parent },
  );
  return validation.certificateArn;
}

/** Leads the domain to a load balancer. */
export function pointTo(
  name: string,
  domain: string,
  zoneId: pulumi.Output<string>,
  balancer: { dnsName: pulumi.Output<string>; zoneId: pulumi.Output<string> },
  parent: pulumi.Resource,
): DnsRecord {
  const target = { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false };
  return new DnsRecord(name, { zoneId, name: domain, type: "A", aliases: [target] }, { parent });
}
