import { describe, expect, test } from "vitest";
import { idleLoadBalancer, loadBalancerProblems } from "../../checks/load-balancer.ts";
import { weakerChoices } from "../../checks/weaker.ts";
import { service } from "../../service.ts";
import { settingsWith } from "./settings.ts";

type Changes = Parameters<typeof settingsWith>[0];

const domain = { domain: "orders.example.com", hostedZone: "example.com" };
const secure = { scheme: "internet", ...domain } as const;
const webAcl = (region: string) =>
  `arn:aws:wafv2:${region}:123456789012:regional/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11`;

const problems = (changes: Changes, http: typeof service.http = service.http) =>
  loadBalancerProblems(settingsWith(changes), { http }, "eu-central-1");

test.each<[string, Changes]>([
  ["none", {}],
  [
    "none, whatever else is set",
    { loadBalancer: { domain: "a.example.org" }, app: { deregistrationSeconds: 0 } },
  ],
  ["with its domain", { loadBalancer: secure }],
  ["with the zone's own name", { loadBalancer: { ...secure, domain: "example.com" } }],
  ["with a web ACL of its region", { loadBalancer: { ...secure, webAclArn: webAcl("eu-central-1") } }],
  [
    "for networks of the internet",
    { loadBalancer: { ...secure, allowedCidrs: ["8.8.8.0/24", "0.0.0.0/0"] } },
  ],
  [
    "internal, for private networks",
    { loadBalancer: { ...secure, scheme: "internal", allowedCidrs: ["10.0.0.0/8"] } },
  ],
  ["over HTTP where nothing is protected", { protect: false, loadBalancer: { scheme: "internet" } }],
])("a load balancer is fine: %s", (_, changes) => {
  expect(problems(changes)).toEqual([]);
});

describe("a load balancer is refused", () => {
  test.each<[string, Changes, object]>([
    [
      "over HTTP in production",
      { loadBalancer: { scheme: "internal" } },
      { key: "loadBalancerDomain", got: "nothing" },
    ],
    [
      "with a zone alone",
      { loadBalancer: { scheme: "internet", hostedZone: "example.com" } },
      { key: "loadBalancerDomain", fix: "pulumi config set loadBalancerDomain api.example.com" },
    ],
    [
      "with a domain alone",
      { loadBalancer: { scheme: "internet", domain: "orders.example.com" } },
      { key: "loadBalancerHostedZone", fix: "pulumi config set loadBalancerHostedZone example.com" },
    ],
    [
      "with a domain of another zone",
      { loadBalancer: { ...secure, domain: "orders.example.org" } },
      {
        key: "loadBalancerDomain",
        fix: "pulumi config set loadBalancerDomain orders.example.com, or pulumi config set loadBalancerHostedZone example.org",
      },
    ],
    [
      "with a domain that only ends like the zone",
      { loadBalancer: { ...secure, domain: "myexample.com" } },
      { key: "loadBalancerDomain", allowed: expect.stringContaining("or a name below it") },
    ],
    [
      "for private networks from the internet",
      { loadBalancer: { ...secure, allowedCidrs: ["8.8.8.0/24", "10.0.0.0/8"] } },
      { key: "loadBalancerAllowedCidrs[1]", got: "10.0.0.0/8" },
    ],
    [
      "with a web ACL of another region",
      { loadBalancer: { ...secure, webAclArn: webAcl("us-east-1") } },
      { key: "loadBalancerWebAclArn", got: expect.stringContaining("which is in us-east-1") },
    ],
    [
      "that lets go of pods before their requests end",
      { loadBalancer: secure, app: { deregistrationSeconds: 19 } },
      { key: "appDeregistrationSeconds", fix: "pulumi config set appDeregistrationSeconds 20" },
    ],
  ])("%s", (_, changes, problem) => {
    expect(problems(changes)).toEqual([expect.objectContaining(problem)]);
  });

  test("in front of a worker", () => {
    expect(loadBalancerProblems(settingsWith({ loadBalancer: secure }), {})).toEqual([
      expect.objectContaining({ key: "loadBalancerScheme", fix: "pulumi config rm loadBalancerScheme" }),
    ]);
  });
});

test("settings of a load balancer that isn't there are named", () => {
  const loadBalancer = { ...domain, allowedCidrs: ["8.8.8.0/24"], webAclArn: webAcl("eu-central-1") };
  expect(idleLoadBalancer(settingsWith({ loadBalancer }))).toEqual([
    "loadBalancerDomain, loadBalancerHostedZone, loadBalancerAllowedCidrs, loadBalancerWebAclArn: without effect while loadBalancerScheme is none",
  ]);
  expect(idleLoadBalancer(settingsWith({ loadBalancer: { ...loadBalancer, scheme: "internet" } }))).toEqual(
    [],
  );
  expect(idleLoadBalancer(settingsWith({}))).toEqual([]);
});

test("without access logs it is weaker than it could be", () => {
  const without = settingsWith({ loadBalancer: { ...secure, accessLogDays: 0 } });
  expect(weakerChoices(without, service)[0]).toContain("loadBalancerAccessLogDays");
  expect(weakerChoices(settingsWith({ loadBalancer: { accessLogDays: 0 } }), service)).toEqual([]);
});
