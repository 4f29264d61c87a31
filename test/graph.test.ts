import { describe, expect, test } from "vitest";
import { program, type Recorded, type Recording } from "./harness.ts";

describe.each(["dev", "prod"])("the graph of %s", (stack) => {
  describe.each([true, false])("with preview = %s", (preview) => {
    test("is network -> cluster, database; all and the image -> migration -> app, and no more", async () => {
      const [recording] = await program(stack, { preview });
      expect(componentEdges(recording).sort()).toEqual([
        "alarms -> protection",
        "app -> protection",
        "cluster -> database-from-cluster",
        "cluster -> orders",
        "database -> alarms",
        "database -> database-from-cluster",
        "database -> database-login",
        "database-from-cluster -> migration",
        "database-login -> orders",
        "image -> migration",
        "migration -> app",
        "network -> cluster",
        "network -> database",
        "orders -> migration",
      ]);
    });

    test("has no URN twice and nothing without a parent that a component owns", async () => {
      const [{ resources }] = await program(stack, { preview });
      const urns = resources.map(({ urn }) => urn);
      expect(new Set(urns).size).toBe(urns.length);
      const roots = resources.filter(({ parent }) => parent.includes("pulumi:pulumi:Stack") || !parent);
      expect(roots.map(({ name }) => name).sort()).toEqual(
        [
          "alarms",
          "app",
          "cluster",
          "database",
          "database-from-cluster",
          "database-login",
          "image",
          "migration",
          "network",
          "orders",
          "protection",
        ].concat(roots.filter(({ type }) => type === "pulumi:pulumi:Stack").map(({ name }) => name)),
      );
    });

    test("lets the Deployment wait for the Job, and nothing use the Job's outputs", async () => {
      const [recording] = await program(stack, { preview });
      const job = recording.get("migration-job");
      expect(recording.get("app-deployment").waitsFor).toContain(job.urn);
      expect(recording.resources.filter((r) => r.usesOutputsOf.includes(job.urn))).toEqual([]);
    });
  });
});

test("the Service waits for neither migration nor database", async () => {
  const [recording] = await program("prod");
  const reached = reach(recording, recording.get("app-service"));
  expect(reached).not.toContain(recording.get("migration-job").urn);
  expect(reached).not.toContain(recording.get("database-postgres").urn);
});

test.each(["dev", "prod"])(
  "in %s nodes have their way out before they come and until they are gone",
  async (stack) => {
    const [recording] = await program(stack);
    const needed = ["aws:ec2/natGateway:NatGateway", "aws:ec2/internetGateway:InternetGateway"].flatMap(
      (type) => recording.ofType(type),
    );
    const routes = recording.ofType("aws:ec2/route:Route").filter(({ inputs }) => inputs.natGatewayId);
    const associations = recording
      .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
      .filter(({ name }) => name.startsWith("network-private-"));
    const pool = recording.get("cluster-nodes", "kubernetes:karpenter.sh/v1:NodePool");
    const reached = reach(recording, pool);
    for (const { urn } of [...needed, ...routes, ...associations]) expect(reached).toContain(urn);
    expect([needed, routes, associations].map(({ length }) => length).every((count) => count > 0)).toBe(true);
    // The cluster itself waits for none of it.
    const before = reach(recording, recording.get("cluster-eks"));
    for (const { urn } of [...needed, ...routes]) expect(before).not.toContain(urn);
  },
);

test("nothing but the refusal of a destroy waits for the alarms", async () => {
  const [{ resources }] = await program("prod");
  const own = resources.filter(({ urn }) => urn.includes("fastapi-eks:index:Alarms"));
  expect(own.length).toBeGreaterThan(5);
  const urns = new Set(own.map(({ urn }) => urn));
  const others = resources.filter(({ urn, name }) => !urns.has(urn) && name !== "protection");
  expect(others.filter(({ waitsFor }) => waitsFor.some((urn) => urns.has(urn)))).toEqual([]);
});

test("the database doesn't wait for NAT", async () => {
  const [recording] = await program("prod");
  const database = reach(recording, recording.get("database-postgres"));
  expect(recording.ofType("aws:ec2/natGateway:NatGateway").filter(({ urn }) => database.has(urn))).toEqual(
    [],
  );
});

test("pods wait for their role and for the way to the database", async () => {
  const [recording] = await program("prod");
  const job = recording.get("migration-job").waitsFor;
  expect(job).toContain(recording.get("orders-identity").urn);
  expect(job).toContain(recording.get("database-from-cluster").urn);
});

describe("a destroy", () => {
  const protection = ({ resources }: Recording) =>
    resources.find(({ type }) => type === "fastapi-eks:index:Protection") as Recorded;

  test.each(["postgresql", "sqlite"] as const)(
    "begins with the protection, which depends on everything (%s)",
    async (database) => {
      const [recording] = await program("prod", { database });
      const own = protection(recording);
      const forgotten = recording.resources.filter(
        ({ urn, custom }) => custom && !own.waitsFor.includes(urn),
      );
      expect(forgotten.map(({ name }) => name)).toEqual([]);
      expect(recording.resources.filter(({ waitsFor }) => waitsFor.includes(own.urn))).toEqual([]);
    },
  );

  test("with External Secrets begins with it too", async () => {
    const [recording] = await program("prod", { set: { externalSecrets: "true" } });
    const own = protection(recording);
    expect(recording.resources.filter(({ urn, custom }) => custom && !own.waitsFor.includes(urn))).toEqual(
      [],
    );
  });

  test.each([
    ["postgresql", "cluster-eks, database-postgres"],
    ["sqlite", "backup-bucket, cluster-eks, orders-file-claim"],
  ] as const)("of prod on %s is refused for the sake of %s", async (database, names) => {
    const [recording] = await program("prod", { database });
    expect(protection(recording).deleteHooks).toEqual([
      `protect keeps ${names}; to delete them and all else: ` +
        "pulumi config set protect false && pulumi up && pulumi destroy",
    ]);
    expect(recording.resources.filter(({ deleteHooks }) => deleteHooks.length > 0)).toHaveLength(1);
  });

  test("of dev isn't", async () => {
    const [recording] = await program("dev");
    expect(protection(recording).deleteHooks).toEqual([]);
  });
});

test("External Secrets adds no edge between components, and the login is opened before it is told", async () => {
  const set = { poolerReplicas: "2" };
  const [without] = await program("prod", { set });
  const [recording] = await program("prod", { set: { ...set, externalSecrets: "true" } });
  // The pooler's copies are encrypted by the database's key, which it already has its address from.
  expect(componentEdges(recording).sort()).toEqual(componentEdges(without).sort());
  const versions = (of: Recording) =>
    of.ofType("aws:secretsmanager/secretVersion:SecretVersion").map(({ name }) => name);
  const told = versions(without).find((name) => name.startsWith("migration")) as string;
  expect(recording.get(told).waitsFor).toEqual(expect.arrayContaining([recording.get("migration-job").urn]));
  expect(reach(recording, recording.get("migration-job"))).toContain(
    recording.get("orders-login-passwords", "ExternalSecret").urn,
  );
});

test("everything in Kubernetes goes through the cluster's own provider", async () => {
  const [recording] = await program("prod");
  const provider = recording.get("cluster-kubernetes").urn;
  const inside = recording.resources.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(inside.length).toBeGreaterThan(7);
  expect(inside.filter((r) => r.provider !== provider)).toEqual([]);
});

/** Edges between components, without those that follow from others. */
function componentEdges(recording: Recording): string[] {
  const byUrn = new Map(recording.resources.map((r) => [r.urn, r]));
  const owner = (r: Recorded): string => {
    const parent = byUrn.get(r.parent);
    return parent && parent.type !== "pulumi:pulumi:Stack" ? owner(parent) : r.name;
  };
  const next = new Map<string, Set<string>>();
  for (const resource of recording.resources) {
    for (const urn of resource.waitsFor) {
      const from = byUrn.get(urn);
      if (!from) throw new Error(`${resource.name} waits for ${urn}, which was never registered`);
      const [a, b] = [owner(from), owner(resource)];
      if (a !== b) next.set(a, (next.get(a) ?? new Set()).add(b));
    }
  }
  const leads = (from: string, to: string): boolean =>
    from === to || [...(next.get(from) ?? [])].some((step) => leads(step, to));
  return [...next].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && leads(other, to)))
      .map((to) => `${from} -> ${to}`),
  );
}

/** URNs of everything that a resource waits for, directly or not. */
function reach(recording: Recording, start: Recorded, seen = new Set<string>()): Set<string> {
  for (const urn of start.waitsFor) {
    if (seen.has(urn)) continue;
    seen.add(urn);
    const next = recording.resources.find((r) => r.urn === urn);
    if (next) reach(recording, next, seen);
  }
  return seen;
}
