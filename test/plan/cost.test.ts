import { describe, expect, test } from "vitest";
import { estimate } from "../../plan/cost.ts";
import type { Step } from "../../plan/graph.ts";
import { makePlan } from "../../plan/plan.ts";
import { evaluate } from "../../plan/program.ts";

const side = (stack: string) => evaluate({ root: ".", stack, label: stack });

function step(type: string, inputs: Step["inputs"] = {}, name = "one"): Step {
  const urn = `urn:pulumi:test::test::${type}::${name}`;
  const rest = { component: "group", waitsFor: [], start: 0, end: 0, critical: false, protect: false };
  return { urn, type, name, inputs, ...rest };
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
    expect(cost.notPriced).toEqual([]);
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
    ["an add-on", step("aws:eks/addon:Addon", { addonName: "kubecost" }), "the add-on kubecost"],
  ])("%s", (_, resource, why) => {
    const { notPriced } = estimate([resource]);
    expect(notPriced).toEqual([{ component: "group", resource: "one", type: resource.type, why }]);
  });
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
            topologySpreadConstraints: [{}],
            containers: [{ resources: { requests: { cpu, memory } } }],
          },
        },
      },
    });
  const scaler = step("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
    spec: { minReplicas: 4, scaleTargetRef: { name: "web" } },
  });

  test.each<[string, Step[], number]>([
    ["one when nothing asks for more", [cluster], 1],
    ["one a zone when pods spread", [cluster, workload(3, "200m", "256Mi")], 3],
    ["no more than pods", [cluster, workload(2, "200m", "256Mi")], 2],
    ["as many as the CPU needs", [cluster, workload(10, "1", "256Mi")], 6],
    ["as many as the memory needs", [cluster, workload(10, "100m", "3Gi")], 5],
    ["for the autoscaler's least", [cluster, workload(undefined, "1900m", "1Gi"), scaler], 4],
  ])("%s", (_, steps, count) => {
    expect(estimate(steps).nodes.count).toBe(count);
  });
});
