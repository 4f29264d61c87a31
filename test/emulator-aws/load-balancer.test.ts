import { describe, expect, it } from "vitest";
import { check, create, destroy, diff, type Outputs, unknown, update } from "./harness.ts";
import { balancer, createNetwork, openNetwork, validatedCertificate } from "./world.ts";

const balancerType = "lb/loadBalancer:LoadBalancer";
const groupType = "lb/targetGroup:TargetGroup";
const listenerType = "lb/listener:Listener";
const certificateType = "acm/certificate:Certificate";

const domainName = "orders.example.com";

const group = (vpcId: string, extra: Outputs = {}): Outputs => ({
  name: "pods",
  port: 8000,
  protocol: "HTTP",
  targetType: "ip",
  vpcId,
  ...extra,
});

const forward = (loadBalancerArn: string, targetGroupArn: string, extra: Outputs = {}): Outputs => ({
  ...{ loadBalancerArn, port: 80, protocol: "HTTP" },
  defaultActions: [{ type: "forward", targetGroupArn }],
  ...extra,
});

describe("a load balancer", () => {
  it.each<[string, Outputs, string]>([
    ["33 characters for a name", { name: "a".repeat(33) }, "at most 32"],
    ["a hyphen at the end", { name: "a-" }, "no hyphen first or last"],
    ["a name from AWS'", { name: "internal-a" }, "not starting with internal-"],
    ["no idle timeout", { idleTimeout: 0 }, "from 1 to 4000"],
    ["a short keep-alive", { clientKeepAlive: 59 }, "from 60 to 604800"],
    ["another type", { loadBalancerType: "network" }, "application"],
    ["a property that isn't here", { enableHttp3: true }, "UnknownProperty"],
  ])("with %s is refused at preview", async (_, extra, message) => {
    const inputs = { name: "a", subnets: ["subnet-a", "subnet-b"], ...extra };
    await expect(check(balancerType, inputs)).rejects.toThrow(message);
  });

  it("has an address in its region, the provider's defaults, and one of a name", async () => {
    const network = await openNetwork();
    const made = await create(balancerType, balancer(network));
    expect(made).toMatchObject({
      arn: expect.stringMatching(
        /^arn:aws:elasticloadbalancing:eu-central-1:\d{12}:loadbalancer\/app\/way-in\//,
      ),
      dnsName: expect.stringMatching(/^way-in-\d+\.eu-central-1\.elb\.amazonaws\.com$/),
      vpcId: network.vpc.id,
      ...{ idleTimeout: 60, internal: false, xffHeaderProcessingMode: "append" },
    });
    await expect(create(balancerType, balancer(network))).rejects.toThrow("DuplicateLoadBalancerName");
    const inside = await create(balancerType, balancer(network, { name: "inside", internal: true }));
    expect(inside.dnsName).toMatch(/^internal-inside-/);
    expect((await diff(balancerType, inside, balancer(network, { name: "inside" }))).replaces).toEqual([
      "internal",
    ]);
  });

  it("is in two zones at least, once in each, and open to the internet only through a gateway", async () => {
    const network = await createNetwork();
    const { vpc, subnets } = network;
    const subnet = (cidrBlock: string, zone: string) =>
      create("ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock, availabilityZone: `eu-central-1${zone}` });
    const made = (...ids: Outputs[]) =>
      create(balancerType, balancer(network, { subnets: ids.map(({ id }) => id) }));
    const [a, b] = subnets as [Outputs, Outputs];
    await expect(made(a)).rejects.toThrow("At least two subnets in two different Availability Zones");
    await expect(made(a, b, await subnet("10.0.8.0/24", "a"))).rejects.toThrow("the same Availability Zone");
    await expect(made(a, await subnet("10.0.9.0/28", "c"))).rejects.toThrow("smaller than a /27");
    await expect(made(a, b)).rejects.toThrow(/^InvalidSubnet: VPC vpc-.* has no internet gateway/);
    await expect(made(a, { id: "subnet-0" })).rejects.toThrow("SubnetNotFound");
    await expect(
      create(balancerType, balancer(network, { securityGroups: ["sg-0"], internal: true })),
    ).rejects.toThrow("InvalidSecurityGroup");
  });

  it("keeps what it uses, and stays while it is protected", async () => {
    const network = await createNetwork();
    const gateway = await create("ec2/internetGateway:InternetGateway", { vpcId: network.vpc.id });
    const inputs = balancer(network, { enableDeletionProtection: true });
    const made = await create(balancerType, inputs);
    await expect(destroy("ec2/securityGroup:SecurityGroup", network.securityGroup)).rejects.toThrow(
      "DependencyViolation",
    );
    await expect(destroy("ec2/subnet:Subnet", network.subnets[0] ?? {})).rejects.toThrow(
      "DependencyViolation",
    );
    await expect(destroy("ec2/internetGateway:InternetGateway", gateway)).rejects.toThrow(
      "mapped public address",
    );
    await expect(destroy(balancerType, made)).rejects.toThrow("deletion protection is enabled");
    await update(balancerType, made, { ...inputs, enableDeletionProtection: false });
    await destroy(balancerType, made);
    await destroy("ec2/internetGateway:InternetGateway", gateway);
  });

  it("writes its access logs only where it may", async () => {
    const network = await openNetwork();
    const logged = balancer(network, { accessLogs: { bucket: "logs", enabled: true } });
    await expect(create(balancerType, logged)).rejects.toThrow("there is no such bucket");
    await create("s3/bucket:Bucket", { bucket: "logs" });
    await expect(create(balancerType, logged)).rejects.toThrow("its policy doesn't let logdelivery");
    const policy = (Resource: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            ...{ Effect: "Allow", Action: "s3:PutObject", Resource },
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
          },
        ],
      });
    const elsewhere = await create("s3/bucketPolicy:BucketPolicy", {
      bucket: "logs",
      policy: policy("arn:aws:s3:::logs/AWSLogs/111111111111/*"),
    });
    await expect(create(balancerType, logged)).rejects.toThrow("AWSLogs/000000000000");
    await update("s3/bucketPolicy:BucketPolicy", elsewhere, {
      bucket: "logs",
      policy: policy("arn:aws:s3:::logs/AWSLogs/000000000000/*"),
    });
    await create(balancerType, logged);
    const prefixed = balancer(network, {
      name: "b",
      accessLogs: { bucket: "logs", prefix: "a", enabled: true },
    });
    await expect(create(balancerType, prefixed)).rejects.toThrow("logs/a/AWSLogs");
    await create("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
      bucket: "logs",
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }],
    });
    await expect(create(balancerType, { ...logged, name: "c" })).rejects.toThrow("S3's own keys alone");
  });
});

describe("a target group", () => {
  it.each<[string, Outputs, string]>([
    ["two hours of deregistration", { deregistrationDelay: 7200 }, "from 0 to 3600"],
    ["a slow start of 10 s", { slowStart: 10 }, "from 30 to 900"],
    ["instances", { targetType: "instance" }, "targetType"],
    ["a path without a slash", { healthCheck: { path: "ready" } }, "healthCheck.path"],
    ["a check each second", { healthCheck: { interval: 1 } }, "from 5 to 300"],
    ["one success", { healthCheck: { healthyThreshold: 1 } }, "from 2 to 10"],
    ["codes of failures", { healthCheck: { matcher: "500" } }, "from 200 to 499"],
    ["checks that overlap", { healthCheck: { interval: 5, timeout: 5 } }, "must be greater than the timeout"],
    ["no port", { port: undefined }, "port is required"],
    ["a port of no use", { healthCheck: { port: "0" } }, "traffic-port"],
  ])("with %s is refused at preview", async (_, extra, message) => {
    await expect(check(groupType, group("vpc-0", extra))).rejects.toThrow(message);
  });

  it("has AWS' health check, and is replaced by another port", async () => {
    const { vpc } = await createNetwork();
    await expect(create(groupType, group("vpc-0"))).rejects.toThrow("InvalidVpcID.NotFound");
    const made = await create(groupType, group(vpc.id, { healthCheck: { path: "/ready" } }));
    expect(made.healthCheck).toMatchObject({
      path: "/ready",
      port: "traffic-port",
      interval: 30,
      matcher: "200",
    });
    expect(made).toMatchObject({ deregistrationDelay: 300, protocolVersion: "HTTP1" });
    await expect(create(groupType, group(vpc.id))).rejects.toThrow("DuplicateTargetGroupName");
    const other = group(vpc.id, { healthCheck: { path: "/ready" }, port: 9000 });
    expect((await diff(groupType, made, other)).replaces).toEqual(["port"]);
    // With a name of one's own, two can't be there at once.
    expect((await diff(groupType, made, other)).deleteBeforeReplace).toBe(true);
  });
});

describe("a listener", () => {
  async function parts() {
    const network = await openNetwork();
    const { arn } = await create(balancerType, balancer(network));
    return { network, arn, targets: await create(groupType, group(network.vpc.id)) };
  }

  it.each<[string, Outputs, string]>([
    ["HTTPS without a certificate", { protocol: "HTTPS" }, "A certificate must be specified"],
    ["a policy without TLS", { sslPolicy: "ELBSecurityPolicy-2016-08" }, "Only HTTPS listeners"],
    ["no target", { defaultActions: [{ type: "forward" }] }, "needs targetGroupArn"],
    ["two actions", { defaultActions: [{ type: "forward" }, { type: "forward" }] }, "one action"],
    [
      "a redirect in a circle",
      { defaultActions: [{ type: "redirect", redirect: { statusCode: "HTTP_301" } }] },
      "come back",
    ],
    ["no port", { port: undefined }, "port is required"],
  ])("with %s is refused at preview", async (_, extra, message) => {
    await expect(check(listenerType, forward("arn:lb", unknown, extra))).rejects.toThrow(message);
  });

  it("is alone at its port, forwards to what is there, and holds it", async () => {
    const { network, arn, targets } = await parts();
    await expect(create(listenerType, forward("arn:lb", targets.arn))).rejects.toThrow(
      "LoadBalancerNotFound",
    );
    await expect(create(listenerType, forward(arn, "arn:tg"))).rejects.toThrow("TargetGroupNotFound");
    const made = await create(listenerType, forward(arn, targets.arn));
    await expect(create(listenerType, forward(arn, targets.arn))).rejects.toThrow("DuplicateListener");
    await expect(destroy(groupType, targets)).rejects.toThrow("ResourceInUse");
    const other = await create(balancerType, balancer(network, { name: "other" }));
    await expect(create(listenerType, forward(other.arn, targets.arn))).rejects.toThrow(
      "TargetGroupAssociationLimit",
    );
    const elsewhere = await create("ec2/vpc:Vpc", { cidrBlock: "10.9.0.0/16" });
    const far = await create(groupType, group(elsewhere.id, { name: "far" }));
    await expect(create(listenerType, forward(other.arn, far.arn))).rejects.toThrow("the load balancer in");
    await destroy(listenerType, made);
    await destroy(groupType, targets);
  });

  it("takes a certificate of its region once that is issued, and keeps it", async () => {
    const { arn, targets } = await parts();
    const secure = (certificateArn: string, extra: Outputs = {}) =>
      forward(arn, targets.arn, { port: 443, protocol: "HTTPS", certificateArn, ...extra });
    const pending = await create(certificateType, { domainName, validationMethod: "DNS" });
    await expect(create(listenerType, secure(pending.arn))).rejects.toThrow(
      /^UnsupportedCertificate.*PENDING/,
    );
    const abroad = pending.arn.replace("eu-central-1", "us-east-1");
    await expect(create(listenerType, secure(abroad))).rejects.toThrow("CertificateNotFound");
    const certificate = await validatedCertificate(domainName);
    await expect(create(listenerType, secure(certificate.arn, { sslPolicy: "a" }))).rejects.toThrow(
      "SSLPolicyNotFound",
    );
    const made = await create(listenerType, secure(certificate.arn));
    expect(made.sslPolicy).toBe("ELBSecurityPolicy-2016-08");
    await expect(destroy(certificateType, certificate)).rejects.toThrow("ResourceInUseException");
    const stricter = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";
    expect(await update(listenerType, made, secure(certificate.arn, { sslPolicy: stricter }))).toMatchObject({
      sslPolicy: stricter,
    });
  });
});
