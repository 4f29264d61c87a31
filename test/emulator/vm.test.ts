// A release on a VM, from its first start to the loss of power: each test goes on where the one before it ended.
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { dataPath } from "../../emulator/engines/instance.ts";
import { run } from "../../emulator/engines/processes.ts";
import { registryAddress } from "../../emulator/engines/registry.ts";
import { inVm, startVm, stopVm, vmPath } from "../../emulator/engines/vm.ts";
import { service } from "../../service.ts";
import { users } from "../../vm/images.ts";
import { edit, onFreshEmulator, program, remove, write } from "./machine.ts";
import {
  ask,
  deploy,
  dockerCompose,
  folder,
  inspect,
  prepareVm,
  publish,
  render,
  stack,
  underRequests,
} from "./vm-machine.ts";

const versions = "app/src/orders/migrations/versions";
const placeOrder = () => ask("/orders", "POST", service.request?.body);
/** Ids of all orders, as the database has them. */
const orders = async (): Promise<string> =>
  (
    await dockerCompose(
      "exec",
      "-T",
      "backup",
      ...query("select string_agg(id::text, ' ' order by id) from orders"),
    )
  ).trim();
const query = (sql: string): string[] => ["psql", "--no-align", "--tuples-only", "--command", sql];
const image = async (): Promise<string> => (await inspect("app")).Config.Image;

let first: string;

onFreshEmulator();
beforeAll(prepareVm);

test("the first start: database, migration, app, proxy, one after the other", async () => {
  first = await publish();
  const { code, output } = await deploy(first);
  expect(code, output).toBe(0);
  const [database, migration, app, proxy] = await Promise.all(
    ["database", "migration", "app", "proxy"].map(async (name) => (await inspect(name)).State),
  );
  expect(migration.ExitCode).toBe(0);
  expect(Date.parse(migration.StartedAt)).toBeGreaterThan(Date.parse(database.StartedAt));
  expect(Date.parse(app.StartedAt)).toBeGreaterThanOrEqual(Date.parse(migration.FinishedAt));
  expect(Date.parse(proxy.StartedAt)).toBeGreaterThan(Date.parse(app.StartedAt));
  for (const { Health } of [database, app, proxy]) expect(Health.Status).toBe("healthy");
  expect(await image()).toBe(first);
});

test("requests go through TLS, and the database takes nothing else", async () => {
  expect((await placeOrder()).status).toBe(201);
  expect(JSON.parse((await ask("/orders")).body).items).toHaveLength(1);
  expect(await orders()).toBe("1");
  await expect(
    dockerCompose("exec", "-T", "--env", "PGSSLMODE=disable", "backup", ...query("select 1")),
  ).rejects.toThrow(/no pg_hba.conf entry.*no encryption/);
  // The service's role is no superuser.
  await expect(
    dockerCompose("exec", "-T", "backup", ...query("copy orders to program 'id'")),
  ).rejects.toThrow(/permission denied|must be superuser/);
});

test("containers have no rights, no password in what Docker tells of them, and secrets that they alone can read", async () => {
  for (const name of ["app", "database", "backup", "proxy"]) {
    const status = await dockerCompose("exec", "-T", name, "cat", "/proc/1/status");
    expect(/CapEff:\s*(\S+)/.exec(status)?.[1], name).toBe("0000000000000000");
    expect(status).toMatch(/NoNewPrivs:\s*1/);
    await expect(dockerCompose("exec", "-T", name, "touch", "/usr/mark")).rejects.toThrow(
      /Read-only file system/,
    );
  }
  const secrets = vmPath("orders/secrets");
  const files = readdirSync(secrets, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const modes = files.map(({ parentPath, name }) => {
    const { uid, mode } = statSync(join(parentPath, name));
    return [join(parentPath, name).slice(secrets.length + 1), uid, (mode & 0o777).toString(8)];
  });
  const { APP_UID, DATABASE_UID } = users;
  expect(modes.filter(([name]) => !String(name).startsWith("kept/")).sort()).toEqual([
    ["app/APP_DATABASE_PASSWORD", APP_UID, "400"],
    ["database-ca.pem", 0, "444"],
    ["database/key.pem", DATABASE_UID, "400"],
    ["database/password", DATABASE_UID, "400"],
    ["database/pgpass", DATABASE_UID, "400"],
    ["database/superuser-password", DATABASE_UID, "400"],
  ]);
  const password = await inVm("cat", `${folder}/secrets/kept/password`);
  const told = await inVm("bash", "-c", "docker inspect $(docker ps --all --quiet)");
  expect(told).not.toContain(password.trim());
  await expect(
    run("grep", ["--recursive", "--quiet", password.trim(), vmPath("orders/current")]),
  ).rejects.toThrow();
});

test("another version: no request fails, and those of the switch wait", async () => {
  edit("app/src/orders/__init__.py", (text) => `${text}\n# Edited by a test.\n`);
  const second = await publish();
  const { result, failures, counts } = await underRequests(() => deploy(second));
  expect(result.code, result.output).toBe(0);
  expect(failures).toEqual([]);
  expect(await image()).toBe(second);
  const { requests, longest } = counts();
  console.log(`${requests} requests during the deploy; the longest took ${longest} ms`);
  expect(requests).toBeGreaterThan(100);
  expect(longest).toBeLessThan(30_000);
});

test("back to the release before, as a person does it", async () => {
  const latest = await image();
  // The machine is logged out: the registry gives it nothing.
  expect(await inVm("cat", "/root/.docker/config.json")).not.toContain(registryAddress());
  const { result, failures } = await underRequests(() => inVm("bash", `${folder}/previous/deploy.sh`));
  expect(result).not.toContain("migrating");
  expect(failures).toEqual([]);
  expect(await image()).not.toBe(latest);
});

test("another password, by the commands of docs/vm.md", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/vm.md"), "utf8");
  const [, commands = ""] = /^ {2}```sh\n( {2}cd \/opt\/orders\n[\s\S]*?) {2}```$/m.exec(page) ?? [];
  expect(commands).toContain("alter role");
  const password = () => inVm("cat", `${folder}/secrets/kept/password`);
  const before = await password();
  await inVm("bash", "-euc", commands);
  expect(await password()).not.toBe(before);
  expect((await placeOrder()).status).toBe(201);
  // The backup's own copy of it is another one, too.
  await dockerCompose("exec", "-T", "backup", ...query("select 1"));
});

test("a failed migration: the deploy says Alembic's error, and the version before serves every request", async () => {
  const before = await image();
  write(
    `${versions}/0003_broken.py`,
    'revision = "0003"\ndown_revision = "0002"\n\n\ndef upgrade() -> None:\n    raise RuntimeError("broken on purpose")\n',
  );
  const broken = await publish();
  const { result, failures } = await underRequests(() => deploy(broken));
  remove(`${versions}/0003_broken.py`);
  expect(result.code).toBe(1);
  expect(result.output).toContain("broken on purpose");
  expect(result.output).toContain("the migration failed");
  expect(failures).toEqual([]);
  expect(await image()).toBe(before);
});

test("a version that doesn't start is never sent a request", async () => {
  const before = await image();
  edit("app/src/orders/server.py", (text) =>
    text.replace(
      "def serve(settings: Settings) -> None:\n",
      '$&    raise RuntimeError("no start on purpose")\n',
    ),
  );
  const broken = await publish();
  const { result, failures } = await underRequests(() => deploy(broken));
  edit("app/src/orders/server.py", (text) =>
    text.replace('    raise RuntimeError("no start on purpose")\n', ""),
  );
  expect(result.code).toBe(1);
  expect(result.output).toContain("no start on purpose");
  expect(result.output).toContain("doesn't get healthy");
  expect(failures).toEqual([]);
  expect(await image()).toBe(before);
  expect(await inVm("docker", "ps", "--all", "--quiet", "--filter", "name=orders-candidate")).toBe("");
});

test("a release whose proxy doesn't serve goes back to the digest before", async () => {
  const before = await image();
  edit("app/src/orders/__init__.py", (text) => `${text}\n# Edited once more.\n`);
  const next = await publish();
  const { code, output } = await deploy(next, (release) => {
    appendFileSync(join(release, "Caddyfile"), "nonsense {\n");
    // As it would be rendered with it: the last label is the proxy's.
    const file = join(release, "compose.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/(made-from: )(?![\s\S]*made-from)/, "$1another"));
  });
  expect(code, output).toBe(1);
  expect(output).toContain("the new release doesn't serve");
  expect(await image()).toBe(before);
  expect((await ask("/orders")).status).toBe(200);
});

test("a restore: the backup's data is back, and what was there is kept", async () => {
  const kept = await orders();
  await dockerCompose("exec", "-T", "backup", "sh", "/etc/backup.sh", "now");
  const [backup = ""] = readdirSync(vmPath("orders/data/backups")).filter((name) =>
    /T\d{6}Z\.backup$/.test(name),
  );
  await placeOrder();
  expect(await orders()).not.toBe(kept);
  const output = await inVm("bash", `${folder}/current/restore.sh`, `${folder}/data/backups/${backup}`);
  expect(await orders()).toBe(kept);
  expect((await placeOrder()).status).toBe(201);
  const [, old = ""] = /is called (\S+)/.exec(output) ?? [];
  const databases = await dockerCompose(
    "exec",
    "-T",
    "database",
    "psql",
    "-U",
    "postgres",
    "-Atc",
    "select datname from pg_database",
  );
  expect(databases.split("\n")).toContain(`orders_${old}`);
});

test("a backup that is none leaves the service alone", async () => {
  const kept = await orders();
  writeFileSync(vmPath("orders/data/backups/odd.backup"), "no backup");
  await expect(
    inVm("bash", `${folder}/current/restore.sh`, `${folder}/data/backups/odd.backup`),
  ).rejects.toThrow();
  expect(await orders()).toBe(kept);
});

test("a loss of power: all of it comes back by itself, with its data", async () => {
  const kept = await orders();
  await stopVm();
  await startVm();
  await expect
    .poll(async () => (await ask("/orders").catch(() => ({ status: 0 }))).status, { timeout: 120_000 })
    .toBe(200);
  expect(await orders()).toBe(kept);
  for (const name of ["app", "database", "proxy"]) {
    await expect
      .poll(async () => (await inspect(name)).State.Health.Status, { timeout: 60_000 })
      .toBe("healthy");
  }
});

test("on SQLite: a first start, an update with one writer at a time, and a restore", async () => {
  const current = await image();
  await dockerCompose("down");
  await inVm("rm", "--recursive", folder);
  edit("service.ts", (text) => text.replace('database: "postgresql"', 'database: "sqlite"'));
  const { code, output } = await deploy(first);
  expect(code, output).toBe(0);
  expect((await placeOrder()).status).toBe(201);

  const { result, failures } = await underRequests(() => deploy(current));
  expect(result.code, result.output).toBe(0);
  expect(result.output).toContain("migrating");
  expect(failures).toEqual([]);
  expect(await image()).toBe(current);

  await dockerCompose("exec", "-T", "backup", "sh", "/etc/backup.sh", "now");
  const [backup = ""] = readdirSync(vmPath("orders/data/backups")).filter((name) => /T\d{6}Z/.test(name));
  const { id } = JSON.parse((await placeOrder()).body);
  await inVm("bash", `${folder}/current/restore.sh`, `${folder}/data/backups/${backup}`);
  expect((await ask(`/orders/${id}`)).status).toBe(404);
  expect((await ask("/orders/1")).status).toBe(200);
  await stopVm();
});

test.each(["dev", stack])("Compose takes the project of %s", async (name) => {
  await render(name, `registry.example/orders@sha256:${"a".repeat(64)}`);
  const project = ["--project-directory", join(program, "vm-output", name)];
  await run(dataPath("compose", "docker-compose"), [...project, "--profile", "*", "config", "--quiet"]);
});
