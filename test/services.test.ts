// Two services and a worker in one stack, as docs/services.md has it.
import { beforeAll, expect, test } from "vitest";
import type { Database as OneDatabase } from "../components/database.ts";
import type { Migration as OneMigration } from "../components/migration.ts";
import type { Description } from "../description/description.ts";
import { service as orders } from "../service.ts";
import { loadSettings } from "../settings/load.ts";
import { service as shop } from "./adopt/service.ts";
import { type Recorded, type Recording, record, reveal, stackConfig } from "./harness.ts";

const mailer: Description = {
  name: "mailer",
  source: "mailer",
  serve: ["shop", "mail"],
  database: "postgresql",
  variables: shop.variables,
};

/** Imported here, since harness.ts stands in for the questions to a cluster's API. */
async function services() {
  const { access } = await import("../components/access.ts");
  const { App } = await import("../components/app.ts");
  const { Cluster } = await import("../components/cluster.ts");
  const { Database } = await import("../components/database.ts");
  const { DatabaseLogin } = await import("../components/database-login.ts");
  const { Migration } = await import("../components/migration.ts");
  const { Network } = await import("../components/network.ts");
  const { Workload } = await import("../components/workload.ts");
  const settings = loadSettings();
  const network = new Network("network", settings.network);
  const cluster = new Cluster("cluster", {
    ...settings.cluster,
    clusterName: "two",
    network,
    protect: false,
  });
  const image = `registry.example/image@sha256:${"a".repeat(64)}`;
  const opts = { providers: [cluster.kubernetes] };

  const bringUp = (description: Description, prefix: string, database: OneDatabase, of?: OneMigration) => {
    const { name, migrations } = description;
    const login = new DatabaseLogin(`${prefix}database-login`, {
      ...settings.database,
      serviceName: name,
      database,
      protect: false,
    });
    const args = { description, environment: "dev", image, cluster, login, settings };
    const workload = new Workload(name, args, opts);
    const after = of ? [of.job] : [access(`${prefix}from-cluster`, "PostgreSQL", cluster, database, {})];
    const migration = new Migration(
      `${prefix}migration`,
      { ...migrations, ...settings.migration, workload, after },
      opts,
    );
    new App(`${prefix}app`, { ...settings.app, workload, migration, ingressCidrs: [] }, opts);
    return migration;
  };
  const database = (name: string, serviceName: string) =>
    new Database(name, { ...settings.database, identifier: name, serviceName, network, protect: false });

  bringUp(orders, "", database("database", orders.name));
  const shops = database("shop-database", shop.name);
  const migration = bringUp(shop, "shop-", shops);
  bringUp(mailer, "mailer-", shops, migration);
}

let recording: Recording;
beforeAll(async () => {
  [recording] = await record(services, { stack: "dev", config: stackConfig("dev") });
}, 60_000);

const inside = (type: string) => recording.resources.filter((resource) => resource.type.endsWith(`:${type}`));
const metadata = ({ inputs }: Recorded) => reveal(inputs.metadata);

test.each([
  ["app-deployment", "migration-job", ["shop-migration-job"]],
  ["shop-app-deployment", "shop-migration-job", ["migration-job"]],
  ["mailer-app-deployment", "mailer-migration-job", ["migration-job"]],
  ["mailer-migration-job", "shop-migration-job", ["migration-job"]],
])("%s waits for %s, and not for %j", (deployment, own, others) => {
  const waits = recording.get(deployment).waitsFor;
  expect(waits).toContain(recording.get(own).urn);
  for (const other of others) expect(waits).not.toContain(recording.get(other).urn);
});

test("no two have the same URN, or the same name in the same namespace", () => {
  const urns = recording.resources.map(({ urn }) => urn);
  expect(new Set(urns).size).toBe(urns.length);
  const named = recording.resources.filter(
    (resource) => resource.type.startsWith("kubernetes:") && metadata(resource)?.name,
  );
  const names = named.map(
    (resource) => `${resource.type} ${metadata(resource).namespace} ${metadata(resource).name}`,
  );
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
});

test("each has a namespace, an identity and pods of its own", () => {
  const own = ["mailer", "orders", "shop"];
  expect(
    inside("Namespace")
      .map((resource) => metadata(resource).name)
      .sort(),
  ).toEqual(own);
  expect(
    inside("ServiceAccount")
      .map((resource) => metadata(resource).namespace)
      .sort(),
  ).toEqual(own);
  const selectors = inside("Deployment").map(({ inputs }) => reveal(inputs.spec).selector.matchLabels);
  expect(selectors.map((labels) => labels["app.kubernetes.io/name"]).sort()).toEqual(own);
});

test("a worker has its command, and nothing that a request would need", () => {
  expect(
    inside("Service")
      .map((resource) => metadata(resource).name)
      .sort(),
  ).toEqual(["orders", "shop"]);
  const [container] = reveal(reveal(recording.get("mailer-app-deployment").inputs.spec).template).spec
    .containers;
  expect(container.command).toEqual(["shop", "mail"]);
  const needed = ["ports", "startupProbe", "livenessProbe", "readinessProbe", "lifecycle"];
  expect(needed.filter((key) => container[key] !== undefined)).toEqual([]);
});
