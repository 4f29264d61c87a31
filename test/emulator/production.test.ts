// The production stack, with PgBouncer and External Secrets: up without a flag that dev doesn't need, and protected.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { beforeAll, expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { publishStack, serveOneRequest, up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { dataPath } from "../../emulator/engines/instance.ts";
import { kubectl as run } from "../../emulator/engines/kubernetes.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import { externalSecrets } from "../../emulator/toolchain/external-secrets.ts";
import { provide } from "../../emulator/toolchain/toolchain.ts";
import {
  awsResources,
  commandLines,
  edit,
  get,
  kubectl,
  onFreshEmulator,
  program,
  write,
} from "./machine.ts";
import { underTraffic } from "./traffic.ts";

const stack = "prod";
let url: string;

/** Of the pods that wait for their clients: as long as the service keeps a connection. */
const RECYCLE_SECONDS = 30;

interface Pod {
  metadata: { name: string };
  status: { podIP: string; phase: string };
}

onFreshEmulator();
// By itself a test would wait for it, if this is the first time on this machine.
beforeAll(() => provide(externalSecrets, () => undefined));

const poolers = (): Pod[] => get("pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders-pooler").items;

/** Where the service's sessions come from, as PostgreSQL sees them, whose they are, and whether all are over TLS. */
async function sessions(): Promise<{ from: string[]; users: string[]; encrypted: boolean }> {
  const client = new Client({
    host: dataPath("sockets", readdirSync(dataPath("sockets"))[0] as string),
    ...{ user: "rdsadmin", database: "orders" },
  });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select distinct host(client_addr) as address, usename as user, ssl from pg_stat_activity join pg_stat_ssl using (pid) " +
        "where application_name = 'orders'",
    );
    return {
      from: rows.map(({ address }) => address).sort(),
      users: [...new Set(rows.map(({ user }) => user))],
      encrypted: rows.every(({ ssl }) => ssl),
    };
  } finally {
    await client.end();
  }
}

test("the app's sessions are PgBouncer's alone; the migration went past it, and nobody else gets in", async () => {
  edit("Pulumi.prod.yaml", (text) =>
    [
      text.trimEnd(),
      "poolerReplicas: 2",
      `databasePoolRecycleSeconds: ${RECYCLE_SECONDS}`,
      "externalSecrets: true",
      "databaseCredential: 1\n",
    ].join("\n  fastapi-eks:"),
  );
  const created = await up(stack, false);
  expect(created.code, created.output).toBe(0);
  url = await publishStack(stack);
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ status: "placed" });

  const addresses = poolers().map(({ status }) => status.podIP);
  expect(addresses).toHaveLength(2);
  const { from, encrypted } = await sessions();
  expect(from).not.toEqual([]);
  expect(addresses).toEqual(expect.arrayContaining(from));
  expect(encrypted).toBe(true);
  const [job] = get("jobs", "-n", "orders").items;
  const { env } = job.spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: "APP_DATABASE_HOST", value: expect.stringMatching(/rds/) });
});

interface Owned {
  metadata: { name: string; ownerReferences?: { kind: string; name: string }[] };
}

/** Names of the Secrets that are mounted by pods or are variables of theirs. */
const used = (): string[] => {
  const { items } = get("pods", "-n", "orders");
  const specs = items
    .filter(
      ({ metadata, status }: Owned & Pod) => !("deletionTimestamp" in metadata) && status.phase === "Running",
    )
    .map(({ spec }: { spec: object }) => JSON.stringify(spec))
    .join();
  return [
    ...new Set([...specs.matchAll(/"secretName":"([^"]+)"/g)].map(([, name]) => name as string)),
  ].sort();
};

test("every Secret of the pods came from Secrets Manager; the operator may read no other secret there", async () => {
  const secrets: Owned[] = get("secrets", "-n", "orders").items;
  const fromOperator = secrets.filter(
    ({ metadata }) => metadata.ownerReferences?.[0]?.kind === "ExternalSecret",
  );
  expect(fromOperator.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(used()));
  expect(used()).not.toEqual([]);

  const ownerSecret = await pulumi(stack, ["stack", "output", "databaseOwnerSecretArn"], false);
  const probe = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "probe", namespace: "orders" },
    spec: {
      secretStoreRef: { kind: "SecretStore", name: "secrets-manager" },
      dataFrom: [{ extract: { key: ownerSecret.output.trim() } }],
    },
  };
  write("probe.json", JSON.stringify(probe));
  kubectl("create", "-f", join(program, "probe.json"));
  const events = () => kubectl("get", "events", "-n", "orders", "--field-selector=involvedObject.name=probe");
  await expect
    .poll(events, { timeout: 60_000, interval: 1000 })
    .toMatch(/not authorized to perform: secretsmanager:GetSecretValue/);
  kubectl("delete", "externalsecret", "probe", "-n", "orders");
});

test("another login reaches the pods through Secrets Manager, without a failed request", async () => {
  const before = used();
  edit("Pulumi.prod.yaml", (text) => text.replace("databaseCredential: 1", "databaseCredential: 2"));
  const traffic = await underTraffic(`${url}/orders`, async () => {
    const updated = await up(stack, false);
    expect(updated.code, updated.output).toBe(0);
  });
  expect(traffic.failures).toEqual([]);
  expect(traffic.requests).toBeGreaterThan(100);
  expect((await sessions()).users).toEqual(["orders_app_b"]);
  expect(used().filter((name) => before.includes(name))).toEqual([]);
  expect(get("externalsecrets", "-n", "orders").items).toHaveLength(4);
});

test("all of PgBouncer is replaced without a failed request", async () => {
  const before = poolers().map(({ metadata }) => metadata.name);
  const traffic = await underTraffic(`${url}/orders`, async () => {
    const [cluster = ""] = clusterNames();
    // The traffic would stand still during `kubectl` of machine.ts.
    await run(cluster, ["rollout", "restart", "-n", "orders", "deployment", "orders-pooler"]);
    await run(cluster, ["rollout", "status", "-n", "orders", "deployment", "orders-pooler"]);
    const left = () => poolers().filter(({ metadata }) => before.includes(metadata.name));
    // Until the service has renewed its connections.
    await expect.poll(left, { timeout: 4 * RECYCLE_SECONDS * 1000, interval: 1000 }).toEqual([]);
  });
  expect(traffic.failures).toEqual([]);
  expect(traffic.requests).toBeGreaterThan(100);
});

test("a PgBouncer that is killed costs what it had in its hands, and no more", async () => {
  const traffic = await underTraffic(`${url}/orders`, async () => {
    const [pod] = poolers();
    kubectl("delete", "pod", "-n", "orders", pod?.metadata.name ?? "", "--grace-period=0", "--force");
    await sleep(10_000);
  });
  // Each of the two clients has one request at a time.
  expect(traffic.failures.length).toBeLessThanOrEqual(2);
  expect(traffic.requests).toBeGreaterThan(50);
});

test("destroy is refused with a list of what protects the stack, and nothing is deleted", async () => {
  for (const how of [[], ["--skip-preview"], ["--run-program", "--skip-preview"]]) {
    const { code, output } = await pulumi(stack, ["destroy", "--yes", ...how], false);
    expect(code).not.toBe(0);
    expect(output).toContain(
      "protect keeps cluster-eks, database-postgres, load-balancer-alb; to delete them and all else: " +
        "pulumi config set protect false && pulumi up && pulumi destroy",
    );
    expect(output).not.toContain("deleted (");
  }
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ status: "placed" });
});

test("without its protection the stack goes; the database's last snapshot, backups and key stay", async () => {
  edit("Pulumi.prod.yaml", (text) => `${text.trimEnd()}\n  fastapi-eks:protect: false\n`);
  const unprotected = await up(stack, false);
  expect(unprotected.code, unprotected.output).toBe(0);
  // Nobody is served any more: with its pods, destroy would wait for production's appPreStopSeconds.
  kubectl("scale", "deployments", "--all", "-n", "orders", "--replicas=0");
  kubectl("delete", "pods", "--all", "-n", "orders", "--grace-period=0", "--force");
  const { code, output } = await pulumi(stack, ["destroy", "--yes", "--skip-preview"], false);
  expect(code, output).toBe(0);
  expect(awsResources()).toEqual(["kms/key", "rds/automatedBackup", "rds/snapshot"]);
  expect(clusterNames()).toEqual([]);
  expect(instanceIdentifiers()).toEqual([]);
  const engines = () => commandLines().filter((line) => /\/(clusters|rds)\//.test(line));
  await expect.poll(engines, { timeout: 10_000 }).toEqual([]);
});
