// The life of a stack on the real engine, cluster and database: each test goes on where the one before it ended.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { underFire } from "../../bench/fire/traffic.ts";
import { ask } from "../../emulator/cli/client.ts";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { stopServices } from "../../emulator/cli/services.ts";
import { setUp } from "../../emulator/cli/set-up.ts";
import { publishStack, serveOneRequest, up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { bridgeName, dataPath } from "../../emulator/engines/instance.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import { session } from "../../emulator/engines/postgres-server.ts";
import { runningNames } from "../../emulator/engines/processes.ts";
import { listImages, registryAddress } from "../../emulator/engines/registry.ts";
import { expectTargets, releaseUnready } from "./load-balancer.ts";
import {
  awsResources,
  bringUp,
  commandLines,
  edit,
  get,
  kubectl,
  onFreshEmulator,
  remove,
  write,
} from "./machine.ts";
import { allCommandLines, filesWith, readableByOthers, realSecrets } from "./secrets.ts";

const stack = "dev";
const versions = "app/src/orders/migrations/versions";
const replaced = (type: string) =>
  ["create-replacement", "delete-replaced", "replace"].map((op) => `${op} ${type}`);
const jobReplaced = replaced("kubernetes:batch/v1:Job");

interface Pod {
  metadata: { name: string; creationTimestamp: string; deletionTimestamp?: string };
}

const harmless = { failures: [], lost: [], duplicates: [] };

let url: string;

onFreshEmulator();

const succeed = () => bringUp(stack);

const image = (): string => get("deployment", "-n", "orders").items[0].spec.template.spec.containers[0].image;
const jobs = () =>
  get("jobs", "-n", "orders").items.filter(({ metadata }: Pod) => metadata.name.startsWith("migration-"));

/** What the database answers to its superuser. */
async function rows<Row>(query: string): Promise<Row[]> {
  const [identifier = ""] = instanceIdentifiers();
  return session(identifier, "orders", async (client) => (await client.query(query)).rows);
}

/** Rows that the migrations left, oldest first. */
const history = () =>
  rows<{ to_revision: string; image: string }>(
    "select to_revision, image from migration_history order by applied_at, to_revision",
  );

/** As whom somebody can log in, and somebody has. */
const openLogins = async (): Promise<string[]> =>
  (
    await rows<{ name: string }>(
      "select rolname as name from pg_roles where rolcanlogin and rolname ~ '^orders' order by 1",
    )
  ).map(({ name }) => name);
const usedLogins = async (): Promise<string[]> =>
  (
    await rows<{ name: string }>(
      "select distinct usename as name from pg_stat_activity where usename ~ '^orders' order by 1",
    )
  ).map(({ name }) => name);

test("up: the service answers, from the image that was pushed and on the schema that was migrated", async () => {
  await succeed();
  url = await publishStack(stack);
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ id: 1, status: "placed" });

  expect(image()).toMatch(/@sha256:[0-9a-f]{64}$/);
  expect(jobs()).toHaveLength(1);
  expect(jobs()[0].spec.template.spec.containers[0].image).toBe(image());
  expect(await history()).toEqual([
    { to_revision: "0001", image: image() },
    { to_revision: "0002", image: image() },
  ]);
  const [deployment] = get("deployment", "-n", "orders").items;
  const finished = Date.parse(jobs()[0].status.completionTime);
  expect(deployment.status.availableReplicas).toBe(2);
  const pods: Pod[] = get("pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders").items;
  expect(pods).toHaveLength(2);
  for (const pod of pods) expect(Date.parse(pod.metadata.creationTimestamp)).toBeGreaterThanOrEqual(finished);

  // The base image has none of it, and the pod's root folder is read-only.
  const compiled = "import asyncio, os; print(os.path.exists(asyncio.__cached__))";
  expect(kubectl("exec", "-n", "orders", "deploy/orders", "--", "python3", "-c", compiled)).toBe("True\n");
});

test("pods are ready when the load balancer has found them healthy; HTTP leads to HTTPS", async () => {
  await expectTargets(url);
});

test("a second up changes nothing", async () => {
  const { code, output } = await pulumi(
    stack,
    ["up", "--yes", "--skip-preview", "--expect-no-changes"],
    false,
  );
  expect(code, output).toBe(0);
});

test("another source: a new digest, one migration, a rolling update without a failed request, and nothing else", async () => {
  const before = image();
  edit("app/src/orders/__init__.py", (text) => `${text}\n# Edited by a test.\n`);
  const traffic = await underFire(url, succeed);
  expect(traffic).toMatchObject(harmless);
  expect(traffic.requests).toBeGreaterThan(100);
  expect(image()).not.toBe(before);
  expect(jobs()).toHaveLength(1);
  expect(traffic.result).toEqual(
    [...jobReplaced, "update docker:index/image:Image", "update kubernetes:apps/v1:Deployment"].sort(),
  );
});

test("other settings and another login: the pods roll to two workers each, with the same image and no failed request", async () => {
  const before = image();
  expect(await openLogins()).toEqual(["orders", "orders_app_a"]);
  const settings = ["appLogLevel: WARNING", "appWorkers: 2", "databasePoolSize: 5", "databaseCredential: 2"];
  edit("Pulumi.dev.yaml", (text) => text.replace("appLogLevel: DEBUG", settings.join("\n  fastapi-eks:")));
  const traffic = await underFire(url, succeed);
  expect(traffic).toMatchObject(harmless);
  expect(image()).toBe(before);
  expect(traffic.result).toEqual(
    [
      ...jobReplaced,
      ...replaced("kubernetes:core/v1:ConfigMap"),
      ...replaced("kubernetes:core/v1:Secret"),
      ...replaced("random:index/randomPassword:RandomPassword"),
      ...replaced("aws:secretsmanager/secretVersion:SecretVersion"),
      "create kubernetes:batch/v1:Job",
      "update kubernetes:apps/v1:Deployment",
    ].sort(),
  );
  expect(await openLogins()).toEqual(["orders", "orders_app_b"]);
  expect(await usedLogins()).toEqual(["orders_app_b"]);
  const [configMap] = get(
    "configmap",
    "-n",
    "orders",
    "--field-selector",
    "metadata.name!=kube-root-ca.crt",
  ).items.filter((map: { data: Record<string, string> }) => "APP_LOG_LEVEL" in map.data);
  expect(configMap.data.APP_LOG_LEVEL).toBe("WARNING");
  for (const pod of podNames()) {
    const workers = kubectl("exec", "-n", "orders", pod, "--", "cat", "/proc/1/task/1/children");
    expect(workers.trim().split(" ")).toHaveLength(2);
  }
});

test("a release that never gets ready: its pods are no targets, and the old ones serve every request", async () => {
  expect(await underFire(url, releaseUnready)).toMatchObject(harmless);
});

const failingRevision = `
revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    raise RuntimeError("the third revision is broken on purpose")
`;

test("a failing migration, beside another login: up says Alembic's error, and the old pods serve every request", async () => {
  const before = { image: image(), pods: podNames() };
  write(`${versions}/0003_broken.py`, failingRevision);
  // Kubernetes waits 10 s before the first retry, and twice as long before each further one.
  edit(
    "Pulumi.dev.yaml",
    (text) =>
      `${text.replace("Credential: 2", "Credential: 3").trimEnd()}\n  fastapi-eks:migrationBackoffLimit: 1\n`,
  );
  const traffic = await underFire(url, () => up(stack, false));
  expect(traffic.result.code).not.toBe(0);
  expect(traffic.result.output).toContain("the third revision is broken on purpose");
  expect(traffic.result.output).toContain("0003");
  expect(traffic).toMatchObject(harmless);
  expect({ image: image(), pods: podNames() }).toEqual(before);
  expect((await history()).at(-1)?.to_revision).toBe("0002");
  expect(await openLogins()).toEqual(["orders", "orders_app_a", "orders_app_b"]);
});

test("the next good up recovers without a manual step", async () => {
  write(
    `${versions}/0003_broken.py`,
    failingRevision
      .replace(/ {4}raise .*/, '    op.execute("select 1")')
      .replace("\nrevision", "\nfrom alembic import op\n\nrevision"),
  );
  const traffic = await underFire(url, succeed);
  expect(traffic).toMatchObject(harmless);
  expect((await history()).at(-1)).toEqual({ to_revision: "0003", image: image() });
  expect(await openLogins()).toEqual(["orders", "orders_app_a"]);
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ status: "placed" });
});

test("one setting rolls back to an earlier image, which leaves the newer schema alone", async () => {
  const [newest, earlier] = [image(), (await history())[0]?.image as string];
  edit(
    "Pulumi.dev.yaml",
    (text) => `${text.trimEnd()}\n  fastapi-eks:imageDigest: ${earlier.split("@")[1]}\n`,
  );
  const traffic = await underFire(url, succeed);
  expect(traffic).toMatchObject(harmless);
  expect(image()).toBe(earlier);
  expect((await history()).at(-1)).toEqual({ to_revision: "0003", image: newest });
  edit("Pulumi.dev.yaml", (text) => text.replace(/\n {2}fastapi-eks:imageDigest: .*/, ""));
});

test("source that doesn't know the newest revision: the schema is left alone and the app rolls back", async () => {
  remove(`${versions}/0003_broken.py`);
  await succeed();
  expect((await history()).at(-1)?.to_revision).toBe("0003");
  const [job] = jobs();
  expect(kubectl("logs", "-n", "orders", `job/${job.metadata.name}`)).toContain(
    "which this image doesn't know",
  );
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ status: "placed" });
});

test("secrets are in no file but those whose purpose it is, in no preview, and on no command line", async () => {
  const { code, output } = await pulumi(stack, ["preview", "--json"], false);
  expect(code, output).toBe(0);
  const seen = [output, allCommandLines()].join("\n");
  const secrets = realSecrets();
  for (const [name, forms] of Object.entries(secrets)) {
    for (const form of forms) expect(seen.includes(form), name).toBe(false);
  }
  const secret = filesWith(Object.values(secrets).flat());
  const files = Object.entries(secrets).map(([name, forms]) => [
    name,
    [
      ...new Set(
        filesWith(forms, secret).map((file) =>
          file.replace(/nodes\/i-\w+/, "nodes/*").replace(/values\/[\w-]+/, "values/*"),
        ),
      ),
    ],
  ]);
  const cluster = "clusters/fastapi-eks-dev";
  expect(Object.fromEntries(files)).toEqual({
    "the database's passwords": ["secretsmanager/values/*"],
    passphrase: ["passphrase"],
    "caller token": [`${cluster}/token`, `${cluster}/tokens.csv`],
    "registry password": [
      `${cluster}/nodes/*/registries/${registryAddress()}/hosts.toml`,
      "registry/password",
    ],
    "Kubernetes' encryption key": [`${cluster}/encryption.json`],
  });
  expect(readableByOthers()).toEqual(["rds/ca.crt"]);
});

test("stop leaves nothing running; start goes on where it was, also after a kill", async () => {
  await stopServices();
  await expect.poll(commandLines, { timeout: 10_000 }).toEqual([]);
  expect(execFileSync("ip", ["-brief", "link"], { encoding: "utf8" })).not.toContain(bridgeName());
  const cgroups = ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `${bridgeName()}-*`];
  expect(execFileSync("find", cgroups, { encoding: "utf8" })).toBe("");
  await setUp(true);
  process.kill(JSON.parse(readFileSync(dataPath("run", "dockerd.json"), "utf8")).pid, "SIGKILL");
  process.kill(
    JSON.parse(readFileSync(dataPath("run", "cluster-fastapi-eks-dev.json"), "utf8")).pid,
    "SIGKILL",
  );
  await setUp(true);
  url = await publishStack(stack);
  expect(JSON.parse((await ask(`${url}/orders/1`)).text)).toMatchObject({ id: 1 });
});

test("the nodes' way out can't go before them", async () => {
  const route = `urn:pulumi:${stack}::fastapi-eks::fastapi-eks:index:Network$aws:ec2/route:Route::network-private-1`;
  const { code, output } = await pulumi(
    stack,
    ["destroy", "--yes", "--skip-preview", "--target", route],
    false,
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(/NodePool::cluster-nodes' will be destroyed but was not specified/);
});

test("destroy works the first time and leaves nothing", async () => {
  const repository = image().split("@")[0]?.split("/").slice(1).join("/") as string;
  expect(await listImages(repository)).not.toEqual([]);
  const { code, output } = await pulumi(stack, ["destroy", "--yes", "--skip-preview"], false);
  expect(code, output).toBe(0);
  expect(awsResources()).toEqual([]);
  expect(clusterNames()).toEqual([]);
  expect(instanceIdentifiers()).toEqual([]);
  expect(await listImages(repository)).toEqual([]);
  expect(runningNames().sort()).toEqual(["dockerd", "endpoints", "registry"]);
});

/** The app's pods but for those on their way out. */
const podNames = (): string[] =>
  get("pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders")
    .items.filter((pod: Pod) => !pod.metadata.deletionTimestamp)
    .map((pod: Pod) => pod.metadata.name);
