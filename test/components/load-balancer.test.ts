import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { type Options, program, type Recorded, type Recording, reveal } from "../harness.ts";
import { production, WEB_ACL } from "../load-balancer.ts";

const prod = async (set: Record<string, unknown> = {}, options: Options = {}) =>
  (await program("prod", { ...options, set: { ...production, ...set } }))[0];
const dev = async (set: Record<string, unknown> = {}) =>
  await program("dev", { set: { loadBalancerScheme: "internet", ...set } });

const own = ({ resources }: Recording) =>
  resources.filter(({ urn, custom }) => custom && urn.includes("fastapi-eks:index:LoadBalancer$"));
const types = (recording: Recording) => new Set(own(recording).map(({ type }) => type.split(":").at(-1)));

test("there is none, and nothing of it, without its setting", async () => {
  const [recording, { url }] = await program("dev");
  expect([own(recording), recording.ofType("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding")]).toEqual([
    [],
    [],
  ]);
  expect(url).toBeUndefined();
  const { labels } = recording.get("orders-namespace").inputs.metadata;
  expect(Object.keys(labels).filter((key) => key.startsWith("eks."))).toEqual([]);
  expect(recording.get("orders-settings").inputs.data).not.toHaveProperty("APP_TRUSTED_PROXIES");
});

describe("with a domain", () => {
  test("it serves HTTPS with a certificate that is valid, and HTTP sends there", async () => {
    const recording = await prod();
    expect(recording.get("load-balancer-https").inputs).toMatchObject({
      ...{
        port: 443,
        protocol: "HTTPS",
        certificateArn: arn("acm", "certificate/load-balancer-certificate"),
      },
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      defaultActions: [
        { type: "forward", targetGroupArn: arn("elasticloadbalancing", "targetgroup/load-balancer-pods/1") },
      ],
    });
    const http = recording.get("load-balancer-http");
    expect(http.inputs.defaultActions).toEqual([
      { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
    ]);
    expect(http.waitsFor).toContain(recording.get("load-balancer-https").urn);
    expect(recording.get("load-balancer-https").waitsFor).toContain(
      recording.get("load-balancer-certificate-validity").urn,
    );
  });

  test("its zone has the record that proves the certificate, and one that leads to it", async () => {
    const recording = await prod();
    expect(recording.get("load-balancer-certificate-proof").inputs).toMatchObject({
      ...{
        zoneId: "zone-of-example.com",
        name: "_proof.orders.example.com.",
        type: "CNAME",
        allowOverwrite: true,
      },
      records: ["_value.acm-validations.aws."],
    });
    expect(recording.get("load-balancer-alias").inputs).toMatchObject({
      ...{ zoneId: "zone-of-example.com", name: "orders.example.com", type: "A" },
      aliases: [{ name: "load-balancer-alb-1.eu-central-1.elb.amazonaws.com", zoneId: "Z-ELB" }],
    });
  });

  test("the service answers to it, and believes what comes from the load balancer's subnets alone", async () => {
    const recording = await prod();
    expect(recording.get("orders-settings").inputs.data).toMatchObject({
      APP_ALLOWED_HOSTS: expect.stringMatching(/^orders\.example\.com,orders,/),
      APP_TRUSTED_PROXIES: "10.0.128.0/24,10.0.129.0/24,10.0.130.0/24",
    });
    const subnets = recording.get("load-balancer-alb").inputs.subnets;
    expect(subnets).toEqual(["network-public-1-id", "network-public-2-id", "network-public-3-id"]);
  });
});

test("without a domain it serves HTTP, at AWS' name for it", async () => {
  const [recording, outputs] = await dev();
  expect(types(recording)).not.toContain("Certificate");
  expect(types(recording)).not.toContain("Record");
  expect(recording.get("load-balancer-http").inputs.defaultActions[0].type).toBe("forward");
  expect(await promise(outputs.url)).toBe("http://load-balancer-alb-1.eu-central-1.elb.amazonaws.com");
  expect(recording.get("orders-settings").inputs.data.APP_ALLOWED_HOSTS).toMatch(/^\*\.elb\.amazonaws\.com,/);
});

test("its numbers are those of the grace chain", async () => {
  const recording = await prod({
    appDeregistrationSeconds: 45,
    appPreStopSeconds: 55,
    appTerminationGracePeriodSeconds: 85,
  });
  expect(recording.get("load-balancer-pods").inputs.deregistrationDelay).toBe(45);
  const { idleTimeout } = recording.get("load-balancer-alb").inputs;
  const { APP_KEEP_ALIVE_SECONDS: keepAlive, APP_REQUEST_TIMEOUT_SECONDS: request } =
    recording.get("orders-settings").inputs.data;
  expect(Number(request)).toBeLessThan(idleTimeout);
  expect(idleTimeout).toBeLessThan(Number(keepAlive));
});

test("targets are asked as the pods' readiness is, on their own port, and are the cluster's to register", async () => {
  const recording = await prod();
  const { healthCheck, ...group } = recording.get("load-balancer-pods").inputs;
  const probe = reveal(recording.get("app-deployment").inputs.spec).template.spec.containers[0]
    .readinessProbe;
  expect(healthCheck).toMatchObject({
    path: probe.httpGet.path,
    port: "traffic-port",
    interval: probe.periodSeconds,
  });
  expect(healthCheck.timeout).toBeGreaterThan(probe.timeoutSeconds);
  expect(group).toMatchObject({ targetType: "ip", tags: { "eks:eks-cluster-name": "fastapi-eks-prod" } });
  expect(recording.get("cluster-eks").inputs.name).toBe("fastapi-eks-prod");
});

describe("who gets through", () => {
  const rules = (recording: Recording, direction: string) =>
    recording
      .ofType(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`)
      .filter(({ inputs }) => inputs.securityGroupId === "load-balancer-access-id")
      .map(({ inputs }) => `${inputs.cidrIpv4} ${inputs.fromPort}`);

  test.each<[string, Record<string, unknown>, string[]]>([
    ["everybody, to it", {}, ["0.0.0.0/0 80", "0.0.0.0/0 443"]],
    [
      "the VPC, to an internal one",
      { loadBalancerScheme: "internal" },
      ["10.0.0.0/16 80", "10.0.0.0/16 443"],
    ],
    [
      "the networks that are named",
      { loadBalancerAllowedCidrs: '["8.8.8.0/24","8.8.4.0/24"]' },
      ["8.8.8.0/24 80", "8.8.4.0/24 80", "8.8.8.0/24 443", "8.8.4.0/24 443"],
    ],
  ])("is %s", async (_, set, expected) => {
    const recording = await prod(set);
    expect(rules(recording, "Ingress")).toEqual(expected);
    expect(recording.get("load-balancer-alb").inputs.internal).toBe(set.loadBalancerScheme === "internal");
  });

  test("is it, to the pods' port and nothing else", async () => {
    const recording = await prod();
    expect(rules(recording, "Egress")).toEqual([
      "10.0.0.0/19 8000",
      "10.0.32.0/19 8000",
      "10.0.64.0/19 8000",
    ]);
    expect(recording.get("cluster-from-load-balancer").inputs).toMatchObject({
      ...{ securityGroupId: "sg-cluster", referencedSecurityGroupId: "load-balancer-access-id" },
      ...{ ipProtocol: "tcp", fromPort: 8000, toPort: 8000 },
    });
  });

  test("has passed the web ACL, where there is one, before there are targets", async () => {
    const recording = await prod({ loadBalancerWebAclArn: WEB_ACL });
    const filter = recording.get("load-balancer-filter");
    expect(filter.inputs).toMatchObject({
      webAclArn: WEB_ACL,
      resourceArn: recording.get("load-balancer-https").inputs.loadBalancerArn,
    });
    expect(recording.get("app-deployment").waitsFor).toContain(filter.urn);
  });
});

describe("in the graph", () => {
  test("pods come once a binding and a listener let them get healthy, and their port is open", async () => {
    const recording = await prod();
    const waitsFor = recording.get("app-deployment").waitsFor;
    for (const name of [
      "app-binding",
      "load-balancer-https",
      "load-balancer-http",
      "cluster-from-load-balancer",
    ])
      expect(waitsFor, name).toContain(recording.get(name).urn);
    expect(recording.get("app-binding").waitsFor).toContain(recording.get("app-service").urn);
    expect(recording.get("app-binding").inputs.spec).toEqual({
      targetGroupARN: arn("elasticloadbalancing", "targetgroup/load-balancer-pods/1"),
      ...{ targetType: "ip", serviceRef: { name: "orders", port: 80 } },
    });
    expect(recording.get("orders-namespace").inputs.metadata.labels).toMatchObject({
      "eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
    });
  });

  test("neither migration nor cluster wait for it, and it for none of them", async () => {
    const recording = await prod();
    const urns = new Set(own(recording).map(({ urn }) => urn));
    const waiting = recording.resources.filter(({ waitsFor }) => waitsFor.some((urn) => urns.has(urn)));
    const others = waiting.filter(({ urn }) => !urns.has(urn)).map(({ name }) => name);
    expect([...new Set(others)].sort()).toEqual([
      "app-binding",
      "app-deployment",
      "cluster-from-load-balancer",
      // Which knows of everything that is made.
      "protection",
    ]);
    const before = own(recording).flatMap(({ waitsFor }) => waitsFor.filter((urn) => !urns.has(urn)));
    const outside = before.filter((urn) => !/:(Network|LoadBalancer)(\$|::)/.test(urn));
    expect(outside.filter((urn) => urn.includes("fastapi-eks:index"))).toEqual([]);
  });

  test("it comes after the VPC's gateway, and goes before it", async () => {
    const recording = await prod();
    expect(recording.get("load-balancer-alb").waitsFor).toContain(
      recording.get("network-public", "route:Route").urn,
    );
  });

  test("SQLite's pod is reached the same way", async () => {
    const recording = await prod({}, { database: "sqlite" });
    expect(recording.get("app-pod").waitsFor).toContain(recording.get("app-binding").urn);
  });
});

describe("access logs", () => {
  test("are in a bucket that load balancers of this account alone write to, and that forgets", async () => {
    const recording = await prod({ loadBalancerAccessLogDays: 30 });
    const balancer = recording.get("load-balancer-alb");
    expect(balancer.inputs.accessLogs).toEqual({ bucket: "load-balancer-logs", enabled: true });
    const policy = recording.get("load-balancer-logs-tls");
    const statements = JSON.parse(policy.inputs.policy).Statement;
    expect(statements.map(({ Sid }: { Sid: string }) => Sid)).toEqual(["TlsOnly", "LogDelivery"]);
    expect(statements[1]).toMatchObject({
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::load-balancer-logs/AWSLogs/123456789012/*",
    });
    expect(balancer.waitsFor).toContain(policy.urn);
    expect(recording.get("load-balancer-logs-retention").inputs.rules[0].expiration).toEqual({ days: 30 });
  });

  test("aren't kept at all, if so set", async () => {
    const recording = await prod({ loadBalancerAccessLogDays: 0 });
    expect(recording.get("load-balancer-alb").inputs).not.toHaveProperty("accessLogs");
    expect(types(recording)).not.toContain("Bucket");
  });
});

test.each<[string, boolean, (recording: Recording) => Recorded]>([
  ["prod", true, (recording) => recording.get("load-balancer-alb")],
  ["dev", false, (recording) => recording.get("load-balancer-alb")],
])("in %s it is protected: %s", async (stack, isProtected, get) => {
  const recording = stack === "prod" ? await prod() : (await dev())[0];
  expect(get(recording)).toMatchObject({
    protect: isProtected,
    inputs: { enableDeletionProtection: isProtected, dropInvalidHeaderFields: true },
  });
});

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:eu-central-1:123456789012:${resource}`;
}

function promise<T>(output: pulumi.Output<T> | undefined): Promise<T> {
  return new Promise((resolve) => void output?.apply(resolve));
}
