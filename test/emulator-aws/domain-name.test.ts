import { describe, expect, it } from "vitest";
import { check, create, type Outputs, provider } from "./harness.ts";
import { balancer, openNetwork, zoneId } from "./world.ts";

const balancerType = "lb/loadBalancer:LoadBalancer";
const certificateType = "acm/certificate:Certificate";
const validationType = "acm/certificateValidation:CertificateValidation";
const recordType = "route53/record:Record";
const associationType = "wafv2/webAclAssociation:WebAclAssociation";
const domainName = "orders.example.com";

describe("a certificate", () => {
  it.each([
    ["a name of 65 characters", { domainName: `${"a".repeat(57)}.example` }],
    ["one label", { domainName: "localhost" }],
    ["validation by mail", { domainName, validationMethod: "EMAIL" }],
  ])("with %s is refused at preview", async (_, extra) => {
    await expect(check(certificateType, { validationMethod: "DNS", ...extra })).rejects.toThrow(
      "ValidationException",
    );
  });

  it("isn't valid before its record is there, the same one each time", async () => {
    const certificate = await create(certificateType, { domainName, validationMethod: "DNS" });
    expect(certificate).toMatchObject({
      status: "PENDING_VALIDATION",
      subjectAlternativeNames: [domainName],
    });
    const again = await create(certificateType, { domainName, validationMethod: "DNS" });
    expect(again.domainValidationOptions).toEqual(certificate.domainValidationOptions);
    const validation = { certificateArn: certificate.arn };
    await expect(create(validationType, validation)).rejects.toThrow("there is no CNAME");
    const [{ resourceRecordName: name }] = certificate.domainValidationOptions;
    await create(recordType, { zoneId, name, type: "CNAME", ttl: 60, records: ["elsewhere.example.org"] });
    await expect(create(validationType, validation)).rejects.toThrow("there is no CNAME");
    await expect(create(validationType, { ...validation, validationRecordFqdns: ["a"] })).rejects.toThrow(
      "lacks",
    );
  });
});

describe("a record", () => {
  const a = (extra: Outputs = {}) => ({
    zoneId,
    name: domainName,
    type: "A",
    ttl: 60,
    records: ["192.0.2.1"],
    ...extra,
  });

  it.each<[string, Outputs, string]>([
    ["no value", { records: undefined, ttl: undefined }, "Exactly one of records, aliases"],
    ["no ttl", { ttl: undefined }, "records have a ttl"],
    ["a type that isn't", { type: "B" }, "type is"],
  ])("with %s is refused at preview", async (_, extra, message) => {
    await expect(check(recordType, a(extra))).rejects.toThrow(message);
  });

  it("is in its zone, once", async () => {
    await expect(create(recordType, a({ zoneId: "Z0" }))).rejects.toThrow("NoSuchHostedZone");
    await expect(create(recordType, a({ name: "myexample.com" }))).rejects.toThrow(
      "is not permitted in zone",
    );
    await create(recordType, a());
    await expect(create(recordType, a())).rejects.toThrow("but it already exists");
    const cname = a({ type: "CNAME", records: ["a.example.org"] });
    await expect(create(recordType, cname)).rejects.toThrow("conflicts with other records");
    await expect(create(recordType, { ...cname, name: "example.com" })).rejects.toThrow("at apex");
  });

  it("of a foreign name ends up below the zone, as the provider has it", async () => {
    const made = await create(recordType, a({ name: "orders.example.org" }));
    expect(made.fqdn).toBe("orders.example.org.example.com");
  });

  it("is an alias of a load balancer that there is", async () => {
    const made = await create(balancerType, balancer(await openNetwork()));
    const alias = (extra: Outputs = {}) => ({
      ...{ zoneId, name: domainName, type: "A" },
      aliases: [{ name: made.dnsName, zoneId: made.zoneId, evaluateTargetHealth: true, ...extra }],
    });
    await expect(create(recordType, alias({ name: "a.elb.amazonaws.com" }))).rejects.toThrow("was not found");
    await expect(create(recordType, alias({ zoneId }))).rejects.toThrow(
      "does not lie within the target zone",
    );
    expect(await create(recordType, alias())).toMatchObject({ fqdn: domainName });
  });
});

describe("a web ACL", () => {
  const acl = (region: string, scope = "regional", account = "000000000000") =>
    `arn:aws:wafv2:${region}:${account}:${scope}/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11`;

  it("is regional, of the load balancer's region and account, and alone", async () => {
    const { arn: resourceArn } = await create(balancerType, balancer(await openNetwork()));
    const associate = (webAclArn: string) => create(associationType, { resourceArn, webAclArn });
    await expect(check(associationType, { resourceArn, webAclArn: "shop" })).rejects.toThrow(
      "ARN of a web ACL",
    );
    await expect(associate(acl("us-east-1"))).rejects.toThrow("WAFNonexistentItemException");
    await expect(associate(acl("eu-central-1", "global"))).rejects.toThrow("WAFNonexistentItemException");
    await expect(associate(acl("eu-central-1", "regional", "111111111111"))).rejects.toThrow(
      "WAFNonexistent",
    );
    await expect(
      create(associationType, { resourceArn: "arn:lb", webAclArn: acl("eu-central-1") }),
    ).rejects.toThrow("WAFNonexistentItemException");
    await associate(acl("eu-central-1"));
    await expect(associate(acl("eu-central-1"))).rejects.toThrow("WAFInvalidOperationException");
  });
});

describe("a hosted zone", () => {
  const find = (args: Outputs) => provider.invoke("aws:route53/getZone:getZone", args);

  it("is found by its name or id", async () => {
    for (const args of [
      { name: "example.com" },
      { name: "example.com." },
      { zoneId },
      { name: "example.com", zoneId },
    ])
      expect(await find(args)).toMatchObject({ id: zoneId, zoneId, name: "example.com" });
  });

  it.each([{ name: "example.org" }, { zoneId: "Z0" }, { name: "example.com", privateZone: true }])(
    "isn't there by %j",
    async (args) => {
      await expect(async () => find(args)).rejects.toThrow("no matching Route 53 Hosted Zone found");
    },
  );
});
