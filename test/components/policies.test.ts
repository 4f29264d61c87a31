import { expect, test } from "vitest";
import type { Workload } from "../../components/workload.ts";
import type { Description } from "../../description/description.ts";
import { service } from "../../service.ts";
import { loadSettings } from "../../settings/load.ts";
import { program, type Recorded, type Recording, record, reveal, stackConfig } from "../harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: the specs of Kubernetes' objects.
const policies = (recording: Recording): Record<string, any> =>
  Object.fromEntries(
    recording
      .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
      .map(({ name, inputs }) => [name, inputs.spec]),
  );

const both = ["Ingress", "Egress"];
const blocks = (...cidrs: string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));
const tcp = (port: number) => [{ port, protocol: "TCP" }];

const nameServer = (protocol: string) => ({
  to: blocks("172.20.0.10/32"),
  ports: [{ port: 53, protocol }],
});
const isolation = {
  podSelector: { matchLabels: {} },
  policyTypes: both,
  ingress: [],
  egress: [nameServer("UDP"), nameServer("TCP")],
};
const postgresql = {
  to: blocks("10.0.144.0/24", "10.0.145.0/24", "10.0.146.0/24"),
  ports: tcp(5432),
};
const https = {
  to: [
    {
      ipBlock: {
        cidr: "0.0.0.0/0",
        except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
      },
    },
  ],
  ports: tcp(443),
};
const podIdentity = { to: blocks("169.254.170.23/32"), ports: tcp(80) };
const of = (name: string, more = {}) => ({
  podSelector: { matchLabels: { "app.kubernetes.io/name": name, ...more } },
  policyTypes: both,
});

test("the stack's pods reach names and the database, and nobody reaches them", async () => {
  const [recording] = await program("prod");
  expect(policies(recording)).toEqual({
    "orders-isolation": isolation,
    "migration-ways": { ...of("orders-migration"), ingress: [], egress: [postgresql] },
    "app-ways": { ...of("orders"), ingress: [], egress: [postgresql] },
  });
});

test("with SQLite there is no database to reach; the copies go to S3 with the role's credentials", async () => {
  const [recording] = await program("prod", { database: "sqlite", set: { appWorkers: 1 } });
  const file = recording.get("migration-job").inputs.spec.template.metadata.labels;
  const { "app.kubernetes.io/name": _, ...shared } = file;
  expect(policies(recording)).toEqual({
    "orders-isolation": isolation,
    "migration-ways": { ...of("orders-migration", shared), ingress: [], egress: [] },
    "backup-ways": { ...of("orders-backup", shared), ingress: [], egress: [https, podIdentity] },
    "app-ways": { ...of("orders"), ingress: [], egress: [] },
  });
});

test("namespaces that may call the service are let in at its pods' own port", async () => {
  const [recording] = await program("prod", { set: { appCallers: ["canary", "shop"] } });
  const namespace = (name: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  });
  expect(policies(recording)["app-ways"].ingress).toEqual([
    { from: [namespace("canary"), namespace("shop")], ports: tcp(8000) },
  ]);
});

interface Case {
  description?: Partial<Description>;
  ingressCidrs?: string[];
  callers?: string[];
}

/** The policy of an App alone. */
async function appOf({ description, ingressCidrs = [], callers = [] }: Case) {
  const build = async () => {
    const { App } = await import("../../components/app.ts");
    const workload = {
      description: { ...service, ...description },
      namespace: "orders",
      toPool: [],
      pod: () => ({ containers: [] }),
    } as unknown as Workload;
    return new App("app", { ...loadSettings().app, workload, ingressCidrs, callers });
  };
  const [recording] = await record(build, { config: stackConfig("prod") });
  return policies(recording)["app-ways"];
}

test("load balancers call from their subnets", async () => {
  const { ingress, egress } = await appOf({ ingressCidrs: ["10.0.128.0/24", "10.0.129.0/24"] });
  expect(ingress).toEqual([{ from: blocks("10.0.128.0/24", "10.0.129.0/24"), ports: tcp(8000) }]);
  expect(egress).toEqual([]);
});

test("nobody calls a worker", async () => {
  const { ingress } = await appOf({
    description: { http: undefined },
    ingressCidrs: ["10.0.128.0/24"],
    callers: ["canary"],
  });
  expect(ingress).toEqual([]);
});

test.each([
  [["https"], [https]],
  [["aws"], [https, podIdentity]],
  [["10.20.0.0/16:6379"], [{ to: blocks("10.20.0.0/16"), ports: tcp(6379) }]],
  [
    ["https", "10.9.8.7/32:9092"],
    [https, { to: blocks("10.9.8.7/32"), ports: tcp(9092) }],
  ],
])("a description that reaches %j has these ways out alone", async (reaches, egress) => {
  expect((await appOf({ description: { reaches } })).egress).toEqual(egress);
});

test("no policy of one kind of pod is another's, whatever the database", async () => {
  for (const database of ["postgresql", "sqlite"] as const) {
    const [recording] = await program("prod", { database });
    const template = ({ inputs, type }: Recorded) => {
      const spec = reveal(inputs.spec);
      return reveal(type.endsWith(":CronJob") ? spec.jobTemplate.spec.template : spec.template);
    };
    const owners = recording.resources.filter(({ type }) =>
      /:(Job|CronJob|Deployment|StatefulSet)$/.test(type),
    );
    for (const owner of owners) {
      const labels: Record<string, string> = template(owner).metadata.labels;
      const own = Object.entries(policies(recording)).filter(([, { podSelector }]) =>
        Object.entries(podSelector.matchLabels).every(([key, value]) => labels[key] === value),
      );
      expect(own.map(([name]) => name).sort()).toEqual([
        `${owner.name.split("-")[0]}-ways`,
        "orders-isolation",
      ]);
    }
    expect(owners.length).toBeGreaterThan(1);
  }
});

test("no pod starts before its policies are there, and those are enforced", async () => {
  const [recording] = await program("prod");
  const enforcement = recording.get("cluster-enforcement");
  expect(enforcement.inputs).toMatchObject({
    metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
    data: { "enable-network-policy-controller": "true" },
  });
  expect(recording.get("orders-isolation").waitsFor).toContain(enforcement.urn);
  for (const [pod, own] of [
    ["migration-job", "migration-ways"],
    ["app-deployment", "app-ways"],
  ] as const) {
    const waits = recording.get(pod).waitsFor;
    expect(waits).toContain(recording.get("orders-isolation").urn);
    expect(waits).toContain(recording.get(own).urn);
  }
});
