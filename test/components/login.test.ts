import { beforeAll, describe, expect, test } from "vitest";
import { program, type Recorded, type Recording, reveal } from "../harness.ts";

const withCredential = async (databaseCredential: number) =>
  (await program("dev", { set: { databaseCredential } }))[0];

let first: Recording;
let second: Recording;
beforeAll(async () => {
  [first, second] = [await withCredential(1), await withCredential(2)];
});

const spec = (recording: Recording, name: string) =>
  reveal(reveal(recording.get(name).inputs.spec).template).spec;
const env = (container: { env: { name: string; value: string }[] }) =>
  Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const secretsOf = ({ volumes }: { volumes: { secret?: { secretName: string } }[] }) =>
  volumes.flatMap(({ secret }) => secret?.secretName.replace(/-\w{7}$/, "") ?? []);
const keeper = (recording: Recording, name: string) => recording.get(name).inputs.keepers.credential;

test("the app logs in as itself, the migration as the owner, and neither has the other's password", () => {
  const [app, migration] = [spec(first, "app-deployment"), spec(first, "migration-job")];
  expect(env(app.containers[0]).APP_DATABASE_USER).toBe("orders_app_a");
  expect(env(migration.containers[0]).APP_DATABASE_USER).toBe("orders");
  expect(secretsOf(app)).toEqual(["orders-credentials"]);
  expect(secretsOf(migration)).toEqual(["orders-owner-credentials", "orders-login-passwords"]);
  const mounted = migration.containers[0].volumeMounts.map(({ name }: { name: string }) => name);
  expect(mounted.filter((name: string) => name.startsWith("login-"))).toEqual([]);
});

test("before the migration, its pod opens the login by the image's own driver, over verified TLS", () => {
  const { initContainers, containers } = spec(first, "migration-job");
  expect(initContainers).toEqual([
    expect.objectContaining({
      name: "login",
      image: containers[0].image,
      command: ["python3", "/etc/login/login.py", "open"],
      securityContext: containers[0].securityContext,
    }),
  ]);
  expect(env(initContainers[0])).toMatchObject({
    PGHOST: "database.example",
    PGUSER: "orders",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "/etc/login-ca/ca.pem",
    LOGIN_GROUP: "orders_app",
    LOGIN_CURRENT: "orders_app_a",
    LOGIN_OTHER: "orders_app_b",
    LOGIN_NUMBER: "1",
  });
  expect(Object.keys(first.get("orders-login-script").inputs.data)).toEqual(["drivers.py", "login.py"]);
});

describe("another credential", () => {
  test.each([
    [1, "1", "0"],
    [2, "1", "2"],
    [3, "3", "2"],
  ])("%i keeps the password that the pods before it use", async (credential, a, b) => {
    const recording = credential === 1 ? first : credential === 2 ? second : await withCredential(credential);
    expect([keeper(recording, "database-login-a"), keeper(recording, "database-login-b")]).toEqual([a, b]);
  });

  test("rolls the pods over to the other login, and no ConfigMap changes", () => {
    expect(env(spec(second, "app-deployment").containers[0]).APP_DATABASE_USER).toBe("orders_app_b");
    const data = (recording: Recording) => recording.get("orders-settings").inputs.data;
    expect(data(second)).toEqual(data(first));
    expect(env(spec(second, "migration-job").initContainers[0])).toMatchObject({
      LOGIN_CURRENT: "orders_app_b",
      LOGIN_OTHER: "orders_app_a",
      LOGIN_NUMBER: "2",
    });
  });

  test("shuts the old login after the rollout, and once its pods have had their time to stop", () => {
    const job = second.get("app-old-login");
    expect(job.waitsFor).toContain(second.get("app-deployment").urn);
    const { template, activeDeadlineSeconds } = reveal(job.inputs.spec);
    const [container] = template.spec.containers;
    expect(container.command).toEqual(["python3", "/etc/login/login.py", "shut"]);
    const grace = spec(second, "app-deployment").terminationGracePeriodSeconds;
    expect(env(container)).toMatchObject({
      LOGIN_OTHER: "orders_app_a",
      LOGIN_GRACE_SECONDS: String(grace),
    });
    expect(activeDeadlineSeconds).toBeGreaterThan(grace);
    expect(Number.parseInt(job.createTimeout, 10)).toBeGreaterThan(activeDeadlineSeconds);
    expect(job.inputs.metadata.annotations).toEqual({ "pulumi.com/replaceUnready": "true" });
  });

  test("holds up no other resource, and the first has nothing to shut", () => {
    const { urn } = second.get("app-old-login");
    const others = second.resources.filter(({ custom }) => custom);
    expect(others.filter(({ waitsFor }) => waitsFor.includes(urn))).toEqual([]);
    expect(first.resources.map(({ name }) => name)).not.toContain("app-old-login");
  });
});

test("Secrets Manager tells others of the login once it is open, and of the owner by another secret", () => {
  const version = second.get("migration-login");
  expect(version.waitsFor).toContain(second.get("migration-job").urn);
  const username = ({ inputs }: Recorded) => JSON.parse(reveal(inputs.secretString)).username;
  expect(username(version)).toBe("orders_app_b");
  expect(username(second.get("database-credentials", "SecretVersion"))).toBe("orders");
});

test("without migrations, the Job opens the login and does nothing else", async () => {
  const [recording] = await program("dev", { service: { migrations: undefined } });
  const { containers, initContainers } = spec(recording, "migration-job");
  expect(initContainers).toBeUndefined();
  expect(containers).toHaveLength(1);
  expect(containers[0].command).toEqual(["python3", "/etc/login/login.py", "open"]);
  expect(recording.get("app-deployment").waitsFor).toContain(recording.get("migration-job").urn);
});

test.each(["sqlite", "none"] as const)("%s has no login", async (database) => {
  const service = database === "none" ? { migrations: undefined } : {};
  const [{ resources }] = await program("dev", { database, service });
  expect(resources.filter(({ name }) => /login|owner/.test(name))).toEqual([]);
});
