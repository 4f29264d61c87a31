import { describe, expect, test } from "vitest";
import { estimate } from "../../plan/cost.ts";
import type { Step } from "../../plan/graph.ts";
import { makePlan } from "../../plan/plan.ts";
import { type Evaluation, evaluate } from "../../plan/program.ts";
import { report } from "../../plan/report.ts";

const side = (stack: string) => evaluate({ root: ".", stack, label: stack });

function step(type: string, inputs: Step["inputs"] = {}, name = "one"): Step {
  const urn = `urn:pulumi:test::test::${type}::${name}`;
  const rest = { component: "group", waitsFor: [], start: 0, end: 0, critical: false, protect: false };
  return { urn, type, name, inputs, retainOnDelete: false, ignoreChanges: [], ...rest };
}

test.each(["dev", "prod"])("%s: the lines add up, by component and in all", async (stack) => {
  const { cost } = makePlan(await side(stack), null).side;
  const sum = (cents: number[]) => cents.reduce((total, one) => total + one, 0);
  expect(sum(Object.values(cost.components))).toBe(cost.totalCents);
  for (const [component, cents] of Object.entries(cost.components)) {
    expect(sum(cost.lines.filter((line) => line.component === component).map((line) => line.cents))).toBe(
      cents,
    );
  }
});

test.each(["dev", "prod"])(
  "%s: every resource is priced, free, by use or named as not priced",
  async (stack) => {
    const { cost, graph } = makePlan(await side(stack), null).side;
    const told = new Set(
      [...cost.lines, ...cost.usageBased, ...cost.notPriced].map(({ resource }) => resource),
    );
    const forgotten = graph.steps.filter(({ name, type }) => !told.has(name) && !cost.free.includes(type));
    expect(forgotten).toEqual([]);
    expect(cost.notPriced.map(({ why }) => why)).toEqual(["Container Insights isn't in plan/prices.ts"]);
  },
);

test("from dev to prod, each component's difference and their sum", async () => {
  const { side: prod, against, comparison } = makePlan(await side("prod"), await side("dev"));
  const { componentCents = {}, cents } = comparison ?? {};
  expect(cents).toBe(prod.cost.totalCents - (against?.cost.totalCents ?? 0));
  expect(Object.values(componentCents).reduce((sum, one) => sum + one, 0)).toBe(cents);
  // Two NAT gateways and their addresses more.
  expect(componentCents.network).toBe(2 * (3285 + 365));
});

test("a load balancer costs its hours and addresses, of which an internal one has none", () => {
  const balancer = (internal: boolean) =>
    step("aws:lb/loadBalancer:LoadBalancer", { internal, subnets: ["a", "b", "c"] });
  const { lines, usageBased, totalCents } = estimate([balancer(false)]);
  expect(lines.map(({ cents }) => cents)).toEqual([1643, 1095]);
  expect(totalCents).toBe(2738);
  expect(usageBased[0]?.rate).toContain("$0.008/LCU-hour");
  expect(estimate([balancer(true)]).totalCents).toBe(1643);
});

test("External Secrets costs its secrets in AWS, and its operator is among the pods that need nodes", () => {
  const operator = step("kubernetes:helm.sh/v3:Release", {
    values: { resources: { requests: { cpu: "1900m", memory: "128Mi" } } },
  });
  const own = ["aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"];
  const inCluster = ["SecretStore", "ExternalSecret"].map(
    (kind) => `kubernetes:external-secrets.io/v1:${kind}`,
  );
  const { totalCents, notPriced, nodes } = estimate([
    ...[...own, ...inCluster].map((type) => step(type)),
    ...[operator, { ...operator, urn: `${operator.urn}-2` }],
  ]);
  expect([totalCents, notPriced]).toEqual([40, []]);
  expect(nodes).toMatchObject({ count: 2, because: expect.stringContaining("2 pods that request 3.8 CPU") });
});

describe("what has no price is named:", () => {
  test.each<[string, Step, string]>([
    ["a type that nobody knows", step("aws:mq/broker:Broker"), "unknown type"],
    [
      "an instance class without a price",
      step("aws:rds/instance:Instance", { instanceClass: "db.r7g.large", allocatedStorage: 20 }),
      "db.r7g.large isn't in plan/prices.ts",
    ],
    [
      "a Service with a load balancer",
      step("kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } }),
      "its load balancer",
    ],
    ["nodes that aren't Auto Mode's", step("aws:eks/cluster:Cluster"), "nodes outside Auto Mode"],
    ["an Ingress", step("kubernetes:networking.k8s.io/v1:Ingress"), "unknown type"],
    [
      "a web ACL of somebody else's",
      step("aws:wafv2/webAclAssociation:WebAclAssociation"),
      "the web ACL, which is made elsewhere",
    ],
    ["an add-on", step("aws:eks/addon:Addon", { addonName: "kubecost" }), "the add-on kubecost"],
    [
      "what CloudWatch's add-on observes",
      step("aws:eks/addon:Addon", { addonName: "amazon-cloudwatch-observability" }),
      "Container Insights isn't in plan/prices.ts",
    ],
  ])("%s", (_, resource, why) => {
    const { notPriced } = estimate([resource]);
    expect(notPriced).toEqual([{ component: "group", resource: "one", type: resource.type, why }]);
  });
});

describe("a sum without everything", () => {
  const odd = (evaluation: Evaluation): Evaluation => ({
    ...evaluation,
    label: "odd",
    resources: evaluation.resources.map((resource) =>
      resource.type === "aws:rds/instance:Instance"
        ? { ...resource, inputs: { ...resource.inputs, instanceClass: "db.r7g.large" } }
        : resource,
    ),
  });

  test("is said to be the least, and so are differences from and to it", async () => {
    const dev = await side("dev");
    const [cost] = report(makePlan(odd(dev), null)).headlines;
    expect(cost).toMatch(
      /^\*\*Cost:\*\* at least \$293\.53 a month, without usage and 2 charges not priced\.$/,
    );
    for (const plan of [makePlan(odd(dev), dev), makePlan(dev, odd(dev))]) {
      expect(report(plan).headlines[1]).toMatch(/\([+−]\$11\.68 of what is priced\)/);
      expect(JSON.stringify(report(plan).sections)).toContain('"at least $293.53"');
    }
  });

  test.each(["dev", "prod"])("is that of %s, which Container Insights observes", async (stack) => {
    expect(report(makePlan(await side(stack), null)).headlines[0]).toMatch(
      /^\*\*Cost:\*\* at least \$[\d,.]+ a month, without usage and 1 charge not priced\.$/,
    );
  });

  test("one with everything isn't", async () => {
    const [prod, dev] = (await Promise.all([side("prod"), side("dev")])).map((evaluation) => ({
      ...evaluation,
      resources: evaluation.resources.filter(
        ({ inputs }) => inputs.addonName !== "amazon-cloudwatch-observability",
      ),
    }));
    const { headlines, sections } = report(makePlan(prod as Evaluation, dev as Evaluation));
    expect(JSON.stringify([headlines, sections])).not.toMatch(/at least \$|of what is priced/);
  });
});

test.each(["dev", "prod"])(
  "%s: each price has a source with a name, a date and an address",
  async (stack) => {
    const { cost } = makePlan(await side(stack), null).side;
    expect(cost.sources.length).toBeGreaterThan(10);
    for (const source of cost.sources) {
      expect(source).toMatch(
        /: \S.+ \((of \d{4}(-\d\d){0,2}|undated, read on [\d-]{10})\): https:\/\/\S+\/\S+$/,
      );
    }
  },
);

test("a stack without a region gets no empty name", async () => {
  const { sections } = report(makePlan({ ...(await side("dev")), region: "" }, null));
  const cost = JSON.stringify(sections.find(({ title }) => title === "Monthly cost"));
  expect(cost).toContain("Prices of us-east-1; this stack sets no `aws:region`, and elsewhere they differ.");
});

describe("nodes", () => {
  const cluster = step("aws:eks/cluster:Cluster", {
    computeConfig: { enabled: true },
    vpcConfig: { subnetIds: ["a", "b", "c"] },
  });
  const workload = (replicas: number | undefined, cpu: string, memory: string) =>
    step("kubernetes:apps/v1:Deployment", {
      metadata: { name: "web" },
      spec: {
        replicas,
        template: {
          spec: {
            topologySpreadConstraints: [
              {
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "DoNotSchedule",
                minDomains: 2,
              },
              { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
            ],
            containers: [{ resources: { requests: { cpu, memory } } }],
          },
        },
      },
    });
  const scaler = step("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
    spec: { minReplicas: 4, scaleTargetRef: { name: "web" } },
  });

  const metrics = step("aws:eks/addon:Addon", { addonName: "metrics-server" });
  const logs = step("aws:eks/addon:Addon", { addonName: "amazon-cloudwatch-observability" });

  test.each<[string, Step[], number]>([
    ["one when nothing asks for more", [cluster], 1],
    ["one in each zone that pods must be in", [cluster, workload(3, "200m", "256Mi")], 2],
    ["no more than pods", [cluster, workload(1, "200m", "256Mi")], 1],
    ["one for each pod of more than half its CPU", [cluster, workload(10, "1", "256Mi")], 10],
    ["one for each pod of more than half its CPU", [cluster, workload(4, "1200m", "256Mi")], 4],
    ["as many as the CPU needs", [cluster, workload(10, "900m", "256Mi")], 5],
    ["as many as the memory needs", [cluster, workload(10, "100m", "3Gi")], 5],
    ["for the autoscaler's least", [cluster, workload(undefined, "1900m", "1Gi"), scaler], 4],
    ["with room for what CloudWatch runs on each", [cluster, workload(4, "900m", "1Gi"), logs], 4],
    ["one more for metrics-server", [cluster, workload(4, "1900m", "1Gi"), metrics], 5],
  ])("%s", (_, steps, count) => {
    expect(estimate(steps).nodes).toMatchObject({ count, instanceType: "m7i.large" });
  });

  test("of a larger type where a pod doesn't fit on the smallest, at its price", () => {
    const { nodes, lines } = estimate([cluster, workload(3, "200m", "16Gi")]);
    expect(nodes).toMatchObject({ count: 3, instanceType: "m7i.2xlarge" });
    expect(lines.map(({ what }) => what)).toContain("3 m7i.2xlarge nodes: 3 × 730 h at $0.4032");
  });

  test.each([
    ["64", "256Mi", "64 CPU and 256 MiB"],
    ["100m", "60Gi", "0.1 CPU and 61440 MiB"],
  ])("without a price where a pod of %s CPU and %s fits on none", (cpu, memory, told) => {
    const { notPriced, nodes, lines } = estimate([cluster, workload(100, cpu, memory)]);
    expect(nodes).toMatchObject({ count: 0, instanceType: null });
    expect(lines.map(({ what }) => what)).toEqual(["control plane, standard support: 730 h at $0.10"]);
    expect(notPriced.map(({ why }) => why)).toEqual([
      `its nodes: a pod requests ${told}, and m7i.4xlarge, the largest in plan/prices.ts, has 15.89 CPU and 58000 MiB for pods`,
    ]);
  });
});
