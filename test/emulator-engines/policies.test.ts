// Policies as real packets meet them, after the cases of Kubernetes' conformance suite (test/e2e/network/netpol) that
// concern what the program uses.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NetworkPolicy, Pod, World } from "../../emulator/network-policy/kubernetes-types.ts";
import { type Place, placed } from "../../emulator/network-policy/places.ts";
import { rulesOf } from "../../emulator/network-policy/rules.ts";
import { type Call, TestNode } from "./policies/node.ts";

const addresses: Record<string, string> = {
  "x/a": "100.66.2.1",
  "x/b": "100.66.2.2",
  "y/a": "100.66.2.3",
  "y/b": "100.66.2.4",
  // Both are elsewhere: a database of the emulator, and the internet.
  database: "10.213.9.5",
  internet: "198.51.100.1",
};
const pods = ["x/a", "x/b", "y/a", "y/b"];
const metadataAddress = "169.254.169.254";
const agentAddress = "169.254.170.23";
const service: [string, number] = ["100.82.1.9", 8080];
const podPorts = ["tcp:80", "tcp:81", "udp:80"];

const targets: [name: string, call: Call][] = [
  ...pods.flatMap((pod) =>
    podPorts.map((port): [string, Call] => {
      const [protocol, number] = port.split(":") as ["tcp" | "udp", string];
      return [`${pod} ${port}`, [protocol, addresses[pod] as string, Number(number)]];
    }),
  ),
  ["database tcp:5432", ["tcp", "10.213.9.5", 5432]],
  ["internet tcp:443", ["tcp", "198.51.100.1", 443]],
  ["internet tcp:80", ["tcp", "198.51.100.1", 80]],
  ["metadata tcp:80", ["tcp", metadataAddress, 80]],
  ["agent tcp:80", ["tcp", agentAddress, 80]],
  ["service tcp:8080", ["tcp", ...service]],
];

const node = new TestNode("169.254.1.1", addresses);
beforeAll(async () => {
  await node.start([metadataAddress, agentAddress], ["tcp:80", "tcp:81", "udp:80", "tcp:443", "tcp:5432"]);
  node.translate(service, [addresses["y/a"] as string, 80]);
}, 120_000);
afterAll(() => node.stop());

const pod = (path: string): Pod => {
  const [namespace = "", name = ""] = path.split("/");
  return {
    metadata: { namespace, name, labels: { pod: name } },
    spec: { nodeName: "node", containers: [{ ports: [{ name: "web", containerPort: 80 }] }] },
    status: { phase: "Running", podIP: addresses[path] },
  };
};
const world = (policies: NetworkPolicy[]): World => ({
  policies,
  pods: pods.map(pod),
  namespaces: ["x", "y"].map((name) => ({
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
  })),
  services: [
    {
      metadata: { namespace: "y", name: "a" },
      spec: {
        clusterIP: service[0],
        selector: { pod: "a" },
        ports: [{ port: service[1], targetPort: "web" }],
      },
    },
  ],
});

type Spec = NetworkPolicy["spec"];
const both = ["Ingress", "Egress"];
const policy = (spec: Partial<Spec>, namespace = "x", name = "policy"): NetworkPolicy => ({
  metadata: { namespace, name },
  spec: { podSelector: {}, ...spec },
});
const a = { matchLabels: { pod: "a" } };
const b = { matchLabels: { pod: "b" } };
const namespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

/** As the emulator's resources say it: the database is in a subnet of the VPC. */
const places: Place[] = [{ here: "10.213.9.5/32", inAws: "10.0.144.0/24" }];

/** What pods can't reach, as `from → to`, with these policies. */
async function cut(policies: NetworkPolicy[]): Promise<string[]> {
  node.apply(rulesOf(world(policies)).map((rules) => placed(rules, places)));
  const calls = targets.map(([, call]) => call);
  const answers = await Promise.all(pods.map((from) => node.call(from, calls)));
  return pods.flatMap((from, index) =>
    targets
      .filter(([to], target) => !answers[index]?.[target] && !to.startsWith(`${from} `))
      .map(([to]) => `${from} → ${to}`),
  );
}

/** All pairs but those to oneself that `isCut` says. */
const expected = (isCut: (from: string, to: string) => boolean): string[] =>
  pods.flatMap((from) =>
    targets
      .map(([to]) => to)
      .filter((to) => !to.startsWith(`${from} `) && isCut(from, to))
      .map((to) => `${from} → ${to}`),
  );

const isIn = (name: string, path: string) => path.startsWith(`${name}/`);
const isPort = (port: string, to: string) => to.endsWith(` ${port}`);
/** What the Service's address stands for. */
const behind = (to: string) => (to.startsWith("service") ? "y/a tcp:80" : to);

test.each<[what: string, policies: NetworkPolicy[], isCut: (from: string, to: string) => boolean]>([
  ["no policy cuts nothing", [], () => false],
  [
    "default deny both ways cuts the namespace off, and nothing else",
    [policy({ policyTypes: both })],
    (from, to) => isIn("x", from) || isIn("x", to),
  ],
  [
    "default deny of what comes in leaves what goes out, and its answers",
    [policy({ policyTypes: ["Ingress"] })],
    (_, to) => isIn("x", to),
  ],
  [
    "default deny of what goes out leaves what comes in, and its answers",
    [policy({ policyTypes: ["Egress"] })],
    (from) => isIn("x", from),
  ],
  [
    "without policyTypes, rules for one direction are about that one alone",
    [policy({ ingress: [{ from: [{ podSelector: b }] }] })],
    (from, to) => isIn("x", to) && from !== "x/b",
  ],
  ["an empty rule allows all", [policy({ policyTypes: both, ingress: [{}], egress: [{}] })], () => false],
  [
    "policies add up, in any order",
    [
      policy({ policyTypes: both, podSelector: a, ingress: [{ from: [{ podSelector: b }] }] }),
      policy({ policyTypes: ["Ingress"], ingress: [{ from: [{ namespaceSelector: namespace("y") }] }] }),
    ],
    (from, to) => from === "x/a" || (isIn("x", to) && !isIn("y", from) && !to.startsWith("x/a")),
  ],
  [
    "a policy is about the pods that it selects",
    [policy({ podSelector: a, policyTypes: ["Ingress"] })],
    (_, to) => to.startsWith("x/a"),
  ],
  [
    "a selector of pods and namespaces means both at once",
    [
      policy({
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ namespaceSelector: namespace("y"), podSelector: b }] }],
      }),
    ],
    (from, to) => isIn("x", to) && from !== "y/b",
  ],
  [
    "expressions select, and everything that a namespace lacks too",
    [
      policy({
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [
              {
                namespaceSelector: {
                  matchExpressions: [
                    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["x"] },
                    { key: "pod", operator: "DoesNotExist" },
                  ],
                },
                podSelector: { matchExpressions: [{ key: "pod", operator: "In", values: ["a", "c"] }] },
              },
            ],
          },
        ],
      }),
    ],
    (from, to) => isIn("x", to) && from !== "y/a",
  ],
  [
    "ports by number are of one protocol",
    [policy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 81 }] }] })],
    (_, to) => isIn("x", to) && !isPort("tcp:81", to),
  ],
  [
    "UDP is no TCP",
    [policy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 80, protocol: "UDP" }] }] })],
    (_, to) => isIn("x", to) && !isPort("udp:80", to),
  ],
  [
    "ports by name are those of the pod that is called",
    [policy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: "web" }] }] })],
    (_, to) => isIn("x", to) && !isPort("tcp:80", to),
  ],
  [
    "a name that no port has allows nothing",
    [policy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: "nothing" }] }] })],
    (_, to) => isIn("x", to),
  ],
  [
    "ranges of ports",
    [policy({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 81, endPort: 90 }] }] })],
    (_, to) => isIn("x", to) && !isPort("tcp:81", to),
  ],
  [
    "out to a namespace's pods at one port, directly and by their Service",
    [
      policy({
        policyTypes: ["Egress"],
        egress: [{ to: [{ namespaceSelector: namespace("y"), podSelector: a }], ports: [{ port: 80 }] }],
      }),
    ],
    (from, to) => isIn("x", from) && behind(to) !== "y/a tcp:80",
  ],
  [
    "in by a Service, from one namespace",
    [
      policy(
        {
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ namespaceSelector: namespace("x") }], ports: [{ port: 80 }] }],
        },
        "y",
      ),
    ],
    (from, to) =>
      (isIn("y", behind(to)) && !(isIn("x", from) && isPort("tcp:80", behind(to))) && from !== "y/a") ||
      (from === "y/a" && isIn("y", to)),
  ],
  [
    "a block without a part of it, and that part by another rule",
    [
      policy({
        policyTypes: ["Egress"],
        egress: [
          { to: [{ ipBlock: { cidr: "100.66.2.0/24", except: ["100.66.2.4/32"] } }], ports: [{ port: 80 }] },
          { to: [{ ipBlock: { cidr: "100.66.2.4/32" } }], ports: [{ port: 81 }] },
        ],
      }),
    ],
    (from, to) =>
      isIn("x", from) &&
      !(/^[xy]\//.test(to) && isPort("tcp:80", to) && !to.startsWith("y/b")) &&
      to !== "y/b tcp:81",
  ],
  [
    "the database by its subnet in AWS, and nothing else by that subnet's network",
    [
      policy({
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: "10.0.144.0/24" } }], ports: [{ port: 5432 }] }],
      }),
    ],
    (from, to) => isIn("x", from) && to !== "database tcp:5432",
  ],
  [
    "the internet by 443 is neither the database, another pod, nor the instance's metadata",
    [
      policy({
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              {
                ipBlock: {
                  cidr: "0.0.0.0/0",
                  except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12"],
                },
              },
            ],
          },
        ],
      }),
    ],
    (from, to) => isIn("x", from) && !to.startsWith("internet"),
  ],
  [
    "Pod Identity's agent, and not the metadata beside it",
    [
      policy({
        policyTypes: both,
        egress: [{ to: [{ ipBlock: { cidr: `${agentAddress}/32` } }], ports: [{ port: 80 }] }],
      }),
    ],
    (from, to) => (isIn("x", from) && !to.startsWith("agent")) || isIn("x", to),
  ],
])("%s", async (_, policies, isCut) => {
  expect(await cut(policies)).toEqual(expected(isCut));
});

test("the node itself, where the kubelet is, reaches its pods whatever a policy says", async () => {
  await cut([policy({ policyTypes: both })]);
  expect(await node.call("node", [["tcp", addresses["x/a"] as string, 80]])).toEqual([true]);
});

test("rules that are over leave no chain", async () => {
  await cut([]);
  expect(node.chains()).toEqual(["POLICY-IN", "POLICY-OUT"]);
});

test("pods that have ended, or have their node's address, have no rules", () => {
  const deny = [policy({ policyTypes: both })];
  const { pods: all } = world([]);
  const [one = pod("x/a"), ...others] = all;
  const rulesWith = (changed: Pod) => rulesOf({ ...world(deny), pods: [changed, ...others] });
  expect(rulesOf(world(deny)).map(({ address }) => address)).toEqual(["100.66.2.1", "100.66.2.2"]);
  for (const changed of [
    { ...one, status: { ...one.status, phase: "Succeeded" } },
    { ...one, spec: { ...one.spec, hostNetwork: true } },
    { ...one, status: { phase: "Pending" } },
  ])
    expect(rulesWith(changed).map(({ address }) => address)).toEqual(["100.66.2.2"]);
});
