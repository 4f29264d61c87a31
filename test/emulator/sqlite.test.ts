// The service on SQLite: of the program only one word is another. Each test goes on where the one before ended.
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { ask } from "../../emulator/cli/client.ts";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { startServices, stopServices } from "../../emulator/cli/services.ts";
import { publishStack, up } from "../../emulator/cli/start.ts";
import type { Change } from "../../emulator/cli/timeline.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { kubectl as run } from "../../emulator/engines/kubernetes.ts";
import { volumes } from "../../emulator/engines/volumes.ts";
import { watched } from "../../emulator/engines/watched.ts";
import { allVersions, bodyFile } from "../../emulator/s3/objects.ts";
import { edit, get, kubectl, minutes, onFreshEmulator, remove, write } from "./machine.ts";

const stack = "dev";
const namespace = "orders";
const revisions = "app/src/orders/migrations/versions";
const folder = "/var/lib/database";
const file = `${folder}/orders.db`;

let url: string;

onFreshEmulator();
beforeAll(async () => {
  edit("service.ts", (text) => text.replace('database: "postgresql"', 'database: "sqlite"'));
  // Retries of a migration that can't succeed only take time.
  edit("Pulumi.dev.yaml", (text) =>
    text
      .replace("databaseFinalSnapshot: false", "databaseFinalSnapshot: true")
      .concat("  fastapi-eks:migrationBackoffLimit: 0\n"),
  );
  const { code, output } = await up(stack, false);
  expect(code, output).toBe(0);
  url = await publishStack(stack);
  // A copy at minute 17 would be one more than the tests make.
  kubectl("patch", "cronjob", "orders-backup", "-n", namespace, "--patch", '{"spec": {"suspend": true}}');
});

const order = { customer: "Ada", lines: [{ sku: "tea-1", quantity: 1, unit_price_cents: 450 }] };

async function customers(): Promise<string[]> {
  const { text } = await ask(`${url}/orders`);
  const { items } = JSON.parse(text) as { items: { customer: string }[] };
  return items.map(({ customer }) => customer);
}

async function place(customer: string): Promise<void> {
  const body = JSON.stringify({ ...order, customer });
  const headers = { "content-type": "application/json" };
  expect((await ask(`${url}/orders`, { method: "POST", headers, body })).status).toBe(201);
}

const inPod = (script: string): string =>
  kubectl("exec", "orders-0", "-n", namespace, "--", "python3", "-c", script);
const isReady = () =>
  ask(`${url}/readyz`, { timeoutMilliseconds: 2000 }).then(
    ({ status }) => status === 200,
    () => false,
  );

/** `op name` of what an update did to the pod and its migration, in this order. */
const steps = (changes: Change[]) =>
  changes
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`)
    .filter((step) => /(delete|create).* (app-pod|migration-job)$/.test(step));

interface Pod {
  metadata: { labels: Record<string, string> };
  status: { phase: string };
}

/** Who of the two runs, from now until the result is called. */
function watch() {
  const seen = new Set<string>();
  const [cluster = ""] = clusterNames();
  const look = async () => {
    const pods = await watched<Pod>(cluster, `/api/v1/namespaces/${namespace}/pods`);
    const running = pods
      .filter(({ status }) => status.phase === "Running")
      .map(({ metadata }) => String(metadata.labels["app.kubernetes.io/name"]));
    seen.add(running.sort().join(" and "));
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return [...seen].filter(Boolean).sort();
  };
}

test("one pod has the file, and its data outlives it", async () => {
  expect(get("statefulset", "orders", "-n", namespace).spec.replicas).toBe(1);
  await place("Ada");
  kubectl("delete", "pod", "orders-0", "-n", namespace, "--now");
  await expect.poll(isReady, minutes(2)).toBe(true);
  expect(await customers()).toEqual(["Ada"]);
});

test("an update stops the pod, migrates, and starts the next: no two of them are ever there at once", async () => {
  edit("app/src/orders/routes.py", (text) =>
    text.replace("Orders from the oldest on.", "Orders, oldest first."),
  );
  const seen = watch();
  const { code, output, changes } = await up(stack, false);
  const running = seen();
  expect(code, output).toBe(0);
  const order = steps(changes);
  expect(order[0]).toBe("delete-replaced app-pod");
  expect(order.indexOf("delete-replaced migration-job")).toBeLessThan(
    order.indexOf("create-replacement migration-job"),
  );
  expect(order.at(-1)).toBe("create-replacement app-pod");
  expect(running).toContain("orders");
  // Nobody else, and no two at once. A migration may take less than the second between two looks.
  expect(["orders", "orders-migration"]).toEqual(expect.arrayContaining(running));
  expect(await customers()).toEqual(["Ada"]);
});

test("a failed migration leaves the file as it was, and no pod; the source before it serves again", async () => {
  write(
    `${revisions}/0003_note.py`,
    `import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("orders", sa.Column("note", sa.String(10)))
    op.add_column("orders", sa.Column("note", sa.String(10)))
`,
  );
  const failed = await up(stack, false);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("duplicate column name: note");
  expect(get("statefulsets", "-n", namespace).items).toEqual([]);
  expect(await isReady()).toBe(false);

  remove(`${revisions}/0003_note.py`);
  const { code, output } = await up(stack, false);
  expect(code, output).toBe(0);
  expect(await customers()).toEqual(["Ada"]);
  expect(inPod(`print(open("${file}", "rb").read().count(b"note"))`)).toBe("0\n");
});

test("the hourly backup, run by hand, goes to S3 by its role, and is restored as docs/sqlite.md says", async () => {
  kubectl("create", "job", "--from=cronjob/orders-backup", "by-hand", "-n", namespace);
  await expect.poll(() => get("job", "by-hand", "-n", namespace).status.succeeded ?? 0, minutes(2)).toBe(1);
  await place("after the backup");
  expect(await customers()).toEqual(["Ada", "after the backup"]);

  const { backupBucket } = JSON.parse((await pulumi(stack, ["stack", "output", "--json"], false)).output);
  const [version] = allVersions(backupBucket);
  if (!version) throw new Error(`nothing is in ${backupBucket}`);
  expect(version.key).toMatch(/^orders\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db\.gz$/);
  const packed = readFileSync(bodyFile(backupBucket, version));

  kubectl("scale", "statefulset", "orders", "--replicas=0", "-n", namespace);
  kubectl("wait", "--for=delete", "pod/orders-0", "--timeout=2m", "-n", namespace);
  const from = ["--from=cronjob/orders-backup", "--dry-run=client", "-o", "json", "-n", namespace];
  const job = JSON.parse(kubectl("create", "job", "restore", ...from));
  job.spec.template.spec.containers[0].command = ["sleep", "600"];
  const [cluster] = clusterNames() as [string];
  await run(cluster, ["apply", "-f", "-"], JSON.stringify(job));
  kubectl("wait", "--for=condition=Ready", "pod", "-l", "job-name=restore", "--timeout=2m", "-n", namespace);
  const inJob = ["exec", "-i", "job/restore", "-n", namespace, "--"];
  const unpack = `base64 -d | gunzip > ${folder}/restored.db`;
  await run(cluster, [...inJob, "sh", "-c", unpack], packed.toString("base64"));
  const swap = `cd ${folder} && for file in orders.db*; do mv $file before-$file; done && mv restored.db orders.db`;
  await run(cluster, [...inJob, "sh", "-c", swap]);
  kubectl("delete", "job", "restore", "-n", namespace, "--cascade=foreground");
  kubectl("scale", "statefulset", "orders", "--replicas=1", "-n", namespace);
  await expect.poll(isReady, minutes(2)).toBe(true);
  expect(await customers()).toEqual(["Ada"]);
});

test("the data outlives npm stop, and the volume and its copies a destroy", async () => {
  await stopServices();
  await startServices();
  url = await publishStack(stack);
  await expect.poll(isReady, minutes(2)).toBe(true);
  expect(await customers()).toEqual(["Ada"]);

  const { backupBucket } = JSON.parse((await pulumi(stack, ["stack", "output", "--json"], false)).output);
  const { code, output } = await pulumi(stack, ["destroy", "--yes", "--skip-preview"], false);
  expect(code, output).toBe(0);
  expect(volumes()).toHaveLength(1);
  expect(allVersions(backupBucket).length).toBeGreaterThan(0);
});
