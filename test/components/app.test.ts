import { expect, test } from "vitest";
import { program } from "../harness.ts";

const app = async (stack = "prod") => (await program(stack))[0];
const pod = async (stack = "prod") => (await app(stack)).get("app-deployment").inputs.spec.template.spec;

test("rolls out one pod at a time, never below its replicas", async () => {
  const { spec } = (await app()).get("app-deployment").inputs;
  expect(spec).toMatchObject({
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  });
});

test("selects the pods that it makes", async () => {
  const recording = await app();
  const { spec } = recording.get("app-deployment").inputs;
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
  expect(recording.get("app-service").inputs.spec.selector).toEqual(spec.selector.matchLabels);
});

test("probes ask for a host that the service answers, and liveness never for the database", async () => {
  const [container] = (await pod()).containers;
  const get = (path: string) => ({
    path,
    port: "http",
  });
  expect(container.startupProbe).toMatchObject({
    httpGet: get("/healthz"),
    periodSeconds: 5,
    failureThreshold: 30,
  });
  // A pod that is short of CPU is unready, and other pods are no better: it isn't killed for it.
  expect(container.livenessProbe).toMatchObject({
    httpGet: get("/healthz"),
    periodSeconds: 10,
    failureThreshold: 6,
  });
  expect(container.readinessProbe).toMatchObject({ httpGet: get("/readyz"), periodSeconds: 5 });
  expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(1);
});

test.each([
  ["prod", 40, 75],
  ["dev", 30, 60],
])("in %s it waits %i s before SIGTERM and has %i s in all", async (stack, preStop, grace) => {
  const spec = await pod(stack);
  expect(spec.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: preStop } } });
  expect(spec.terminationGracePeriodSeconds).toBe(grace);
});

test("each version is in two zones or doesn't start, on as many nodes as there are, of those that take pods", async () => {
  const recording = await app();
  const { template } = recording.get("app-deployment").inputs.spec;
  const common = {
    maxSkew: 1,
    nodeTaintsPolicy: "Honor",
    labelSelector: { matchLabels: template.metadata.labels },
    matchLabelKeys: ["pod-template-hash"],
  };
  expect(template.spec.topologySpreadConstraints).toEqual([
    {
      ...common,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      minDomains: 2,
    },
    { ...common, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
  ]);
});

test("the Service maps 80 to the container's 8000, and Pulumi doesn't wait for its endpoints", async () => {
  const recording = await app();
  const { metadata, spec } = recording.get("app-service").inputs;
  expect(spec.ports).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
  expect(spec.type ?? "ClusterIP").toBe("ClusterIP");
  expect(metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  const [container] = (await pod()).containers;
  expect(container.ports).toEqual([{ name: "http", containerPort: 8000 }]);
  expect(container.command).toEqual(["orders", "serve"]);
});

test("is scaled by CPU, quickly up and slowly down", async () => {
  const recording = await app();
  const { metadata, spec } = recording.get("app-autoscaler").inputs;
  const deployment = recording.get("app-deployment").inputs;
  expect(spec.scaleTargetRef).toEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: deployment.metadata.name,
  });
  expect(metadata.namespace).toBe(deployment.metadata.namespace);
  expect([spec.minReplicas, spec.maxReplicas]).toEqual([3, 12]);
  expect(spec.metrics).toEqual([
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
  ]);
  expect(spec.behavior).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 30,
      policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
    },
    scaleDown: {
      stabilizationWindowSeconds: 300,
      policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
    },
  });
});

test("is scaled by memory too, where a setting says so", async () => {
  const [recording] = await program("prod", { set: { appTargetMemoryPercent: "80" } });
  const { metrics } = recording.get("app-autoscaler").inputs.spec;
  expect(metrics.map(({ resource }: { resource: object }) => resource)).toEqual([
    { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
    { name: "memory", target: { type: "Utilization", averageUtilization: 80 } },
  ]);
});

test("is scaled by requests in flight too, where a setting says so", async () => {
  const [recording] = await program("prod", { set: { appTargetRequestsInFlight: "8" } });
  const { metrics, behavior } = recording.get("app-autoscaler").inputs.spec;
  expect(metrics.slice(1)).toEqual([
    {
      type: "Pods",
      pods: {
        metric: { name: "http_server_active_requests" },
        target: { type: "AverageValue", averageValue: "8" },
      },
    },
  ]);
  expect(behavior.scaleUp.policies).toEqual([{ type: "Pods", value: 2, periodSeconds: 60 }]);
});

test.each([
  ["prod", 3],
  ["dev", 2],
])(
  "in %s the first rollout waits for %i replicas, which are the autoscaler's from then on",
  async (stack, replicas) => {
    const recording = await app(stack);
    const { inputs, ignoreChanges } = recording.get("app-deployment");
    expect(inputs.spec.replicas).toBe(replicas);
    expect(recording.get("app-autoscaler").inputs.spec.minReplicas).toBe(replicas);
    expect(ignoreChanges).toEqual(["spec.replicas"]);
  },
);

test.each([
  ["prod", "660s"],
  ["dev", "420s"],
])("in %s Pulumi waits %s for the largest rollout, one pod after the other", async (stack, timeout) => {
  const { createTimeout, inputs } = (await app(stack)).get("app-deployment");
  expect(createTimeout).toBe(timeout);
  expect(inputs.spec.progressDeadlineSeconds).toBeLessThan(Number.parseInt(timeout, 10));
});

test.each(["dev", "prod"])("in %s a node can always be drained, one pod at a time", async (stack) => {
  const recording = await app(stack);
  const { spec } = recording.get("app-budget").inputs;
  expect(spec).toEqual({
    maxUnavailable: 1,
    selector: { matchLabels: recording.get("app-deployment").inputs.spec.selector.matchLabels },
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  });
});

test("a destroy waits for the last pod, however long it may take to stop", async () => {
  const slow = {
    appPreStopSeconds: 300,
    appGracefulTimeoutSeconds: 300,
    appTerminationGracePeriodSeconds: 900,
  };
  const [recording] = await program("prod", { set: slow });
  expect(Number.parseInt(recording.get("app-deployment").deleteTimeout, 10)).toBeGreaterThan(900);
});
