import { expect, test } from "vitest";
import { program, type Recording, reveal } from "../harness.ts";

const counting = async (set: Record<string, string> = {}) =>
  (await program("prod", { set: { appTargetRequestsInFlight: "8", ...set } }))[0];

const podOf = (recording: Recording, name: string) =>
  reveal(reveal(recording.get(name).inputs.spec).template).spec;

const told = (recording: Recording, name: string): Record<string, string> => {
  const env: { name: string; value: string }[] = podOf(recording, name).containers[0].env;
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
};

const tcp = (port: number) => [{ port, protocol: "TCP" }];
const blocks = (...cidrs: string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));
const pods = (name: string) => [{ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } }];

test("without the setting there is none, and the service counts nothing", async () => {
  const [recording] = await program("prod");
  expect(recording.resources.filter(({ name }) => /metrics-adapter/.test(name))).toEqual([]);
  expect(recording.get("orders-settings").inputs.data).not.toHaveProperty("APP_METRICS_PORT");
  expect(recording.get("app-ways").inputs.spec.ingress).toEqual([]);
});

test("it asks the service's pods where they tell it, and they let nobody else in there", async () => {
  const recording = await counting();
  expect(recording.get("orders-settings").inputs.data.APP_METRICS_PORT).toBe("9000");
  expect(told(recording, "metrics-adapter-deployment")).toMatchObject({
    ADAPTER_NAMESPACE: "orders",
    ADAPTER_SELECTOR: "app.kubernetes.io/name=orders",
    ADAPTER_METRIC: "http_server_active_requests",
    ADAPTER_METRIC_PORT: "9000",
    ADAPTER_METRIC_PATH: "/metrics",
  });
  expect(recording.get("app-deployment").inputs.spec.selector.matchLabels).toEqual({
    "app.kubernetes.io/name": "orders",
  });
  expect(recording.get("app-ways").inputs.spec.ingress).toEqual([
    { from: pods("orders-metrics"), ports: tcp(9000) },
  ]);
});

test("it is called from the control plane's subnets, and calls pods and the cluster's API alone", async () => {
  const { spec } = (await counting()).get("metrics-adapter-ways").inputs;
  expect(spec).toEqual({
    podSelector: { matchLabels: { "app.kubernetes.io/name": "orders-metrics" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: blocks("10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"), ports: tcp(8443) }],
    egress: [
      { to: pods("orders"), ports: tcp(9000) },
      { to: blocks("172.20.0.1/32"), ports: tcp(443) },
    ],
  });
});

test("it may list the namespace's pods, and read how the API server is known", async () => {
  const recording = await counting();
  expect(recording.ofType("kubernetes:rbac.authorization.k8s.io/v1:Role")).toHaveLength(1);
  expect(recording.get("metrics-adapter-pods", ":Role").inputs.rules).toEqual([
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  ]);
  const bindings = recording.ofType("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding");
  expect(bindings.map(({ inputs }) => [inputs.metadata.namespace, inputs.roleRef.name]).sort()).toEqual([
    ["kube-system", "extension-apiserver-authentication-reader"],
    ["orders", "orders-metrics"],
  ]);
  for (const { inputs } of bindings)
    expect(inputs.subjects).toEqual([
      { kind: "ServiceAccount", name: "orders-metrics", namespace: "orders" },
    ]);
  expect(recording.resources.filter(({ type }) => /ClusterRole/.test(type))).toEqual([]);
  expect(podOf(recording, "metrics-adapter-deployment")).toMatchObject({
    serviceAccountName: "orders-metrics",
    automountServiceAccountToken: true,
  });
});

test("the API server verifies it by the name that it calls it", async () => {
  const recording = await counting();
  const year = new Date().getUTCFullYear();
  const certificate = "metrics-adapter-certificate";
  expect(recording.get(`${certificate}-request`).inputs.dnsNames).toEqual([
    "orders-metrics",
    "orders-metrics.orders.svc",
  ]);
  const { name, spec, annotations } = registered(recording);
  expect(name).toBe("v1beta2.custom.metrics.k8s.io");
  expect(annotations).toEqual({ "pulumi.com/waitFor": "condition=Available" });
  expect(spec).toMatchObject({
    group: "custom.metrics.k8s.io",
    version: "v1beta2",
    service: { name: "orders-metrics", namespace: "orders", port: 443 },
  });
  expect(spec).not.toHaveProperty("insecureSkipTLSVerify");
  expect(Buffer.from(spec.caBundle, "base64").toString()).toBe(
    `the certificate of ${certificate}-authority-${year}`,
  );
  const { stringData } = recording.get("metrics-adapter-secrets").inputs;
  expect(reveal(stringData)["tls.crt"]).toBe(`the certificate of ${certificate}-${year}`);
  expect(reveal(reveal(stringData)["tls.key"])).toBe(`the key of ${certificate}-key`);
});

function registered(recording: Recording) {
  const { metadata, spec } = recording.get("metrics-adapter-api").inputs;
  return { ...metadata, spec: reveal(spec) };
}

test("its certificate comes from Secrets Manager where all Secrets do", async () => {
  const recording = await counting({ externalSecrets: "true" });
  expect(recording.get("metrics-adapter-secrets", "ExternalSecret").urn).toBeDefined();
  expect(recording.ofType("kubernetes:core/v1:Secret")).toEqual([]);
});

test("it is registered once it runs, and so unregistered before it goes; the service waits for neither", async () => {
  const recording = await counting();
  const [adapter, api] = ["deployment", "api"].map((part) => recording.get(`metrics-adapter-${part}`));
  expect(api?.waitsFor).toContain(adapter?.urn);
  for (const before of ["isolation", "ways", "callers"].map((part) =>
    recording.get(part === "isolation" ? `orders-${part}` : `metrics-adapter-${part}`),
  ))
    expect(adapter?.waitsFor).toContain(before.urn);
  for (const name of ["app-deployment", "app-autoscaler", "migration-job"])
    for (const own of [adapter, api]) expect(recording.get(name).waitsFor).not.toContain(own?.urn);
  expect(adapter?.waitsFor).not.toContain(recording.get("migration-job").urn);
});

test("is refused with SQLite", async () => {
  await expect(
    program("prod", { database: "sqlite", set: { appTargetRequestsInFlight: "8" } }),
  ).rejects.toThrow('appTargetRequestsInFlight: got 8; allowed: 0 where service.ts has database: "sqlite"');
});
