import { expect, test } from "vitest";
import { program } from "../harness.ts";

const app = async (stack = "prod") => (await program(stack))[0];
const pod = async (stack = "prod") => (await app(stack)).get("app-deployment").inputs.spec.template.spec;

test("rolls out one pod at a time and never below its replicas", async () => {
  const { spec } = (await app()).get("app-deployment").inputs;
  expect(spec).toMatchObject({
    replicas: 3,
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
    httpHeaders: [{ name: "Host", value: "localhost" }],
  });
  expect(container.startupProbe).toMatchObject({
    httpGet: get("/healthz"),
    periodSeconds: 5,
    failureThreshold: 30,
  });
  expect(container.livenessProbe).toMatchObject({ httpGet: get("/healthz"), periodSeconds: 10 });
  expect(container.readinessProbe).toMatchObject({ httpGet: get("/readyz"), periodSeconds: 5 });
  expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(1);
});

test.each([
  ["prod", 40, 75],
  ["dev", 10, 45],
])("in %s it waits %i s before SIGTERM and has %i s in all", async (stack, preStop, grace) => {
  const spec = await pod(stack);
  expect(spec.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: preStop } } });
  expect(spec.terminationGracePeriodSeconds).toBe(grace);
});

test("is spread over zones and nodes", async () => {
  const keys = (await pod()).topologySpreadConstraints.map(
    ({ topologyKey }: { topologyKey: string }) => topologyKey,
  );
  expect(keys).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
});

test("the Service maps 80 to the container's 8000, and Pulumi doesn't wait for its endpoints", async () => {
  const recording = await app();
  const { metadata, spec } = recording.get("app-service").inputs;
  expect(spec.ports).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
  expect(spec.type ?? "ClusterIP").toBe("ClusterIP");
  expect(metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  const [container] = (await pod()).containers;
  expect(container.ports).toEqual([{ name: "http", containerPort: 8000 }]);
  expect(container.args).toEqual(["serve"]);
});
