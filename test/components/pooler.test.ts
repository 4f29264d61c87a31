import { afterEach, describe, expect, test, vi } from "vitest";
import { userlist } from "../../components/pooler-configuration.ts";
import { program, type Recording, reveal } from "../harness.ts";
import { PASSWORD } from "../outputs.ts";

const pooled = async (set: Record<string, unknown> = {}) =>
  (await program("prod", { set: { poolerReplicas: "2", ...set } }))[0];

const template = (recording: Recording, name: string) =>
  reveal(reveal(recording.get(name).inputs.spec).template).spec;

/** Of PgBouncer's file, by key. */
const ini = (recording: Recording): Record<string, string> => {
  const text: string = reveal(recording.get("pooler-settings").inputs.data["pgbouncer.ini"]);
  const lines = text.split("\n").filter((line) => line.includes(" = "));
  return Object.fromEntries(lines.map((line) => [line.split(" = ")[0], line.slice(line.indexOf(" = ") + 3)]));
};

afterEach(() => {
  vi.useRealTimers();
});

test("without it there is none, nothing is built for it, and nothing trusts it", async () => {
  const [recording] = await program("prod");
  expect(recording.resources.filter(({ type, name }) => /^tls:/.test(type) || /pooler/.test(name))).toEqual(
    [],
  );
  expect(recording.ofType("docker:index/image:Image")).toHaveLength(1);
});

test("the app goes through it, the migration past it, and each verifies whom it calls", async () => {
  const recording = await pooled();
  const told = (name: string) => {
    const env: { name: string; value: string }[] = template(recording, name).containers[0].env;
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
  };
  expect(told("app-deployment")).toMatchObject({
    APP_DATABASE_HOST: "orders-pooler",
    APP_DATABASE_PORT: "5432",
    APP_DATABASE_USER: "orders_app_a",
  });
  expect(told("migration-job")).toMatchObject({
    APP_DATABASE_HOST: "database.example",
    APP_DATABASE_PORT: "5432",
    APP_DATABASE_USER: "orders",
  });
  const authorities = (name: string): string => reveal(recording.get(name).inputs.data["ca.pem"]);
  expect(authorities("orders-pooler-authority")).toMatch(
    /^the certificate of pooler-certificate-authority-\d{4}$/,
  );
  expect(authorities("orders-authorities")).toContain("BEGIN CERTIFICATE");
  const trusted = (name: string) =>
    template(recording, name).volumes.find((volume: { name: string }) => volume.name === "authorities");
  expect(JSON.stringify(trusted("app-deployment"))).toContain("orders-pooler-authority-");
  expect(JSON.stringify(trusted("migration-job"))).toContain("orders-authorities-");
});

test("it lets both logins in, whichever pods use", async () => {
  const list = async (databaseCredential: string) => {
    const { stringData } = (await pooled({ databaseCredential })).get("pooler-secrets").inputs;
    return reveal(reveal(stringData)["userlist.txt"]);
  };
  expect(await list("1")).toMatch(/^"orders_app_a" "[^"]+"\n"orders_app_b" "[^"]+"\n$/);
  expect(await list("2")).toBe(await list("1"));
});

test("pods start when it is there; it waits for no migration, and no migration for it", async () => {
  const recording = await pooled();
  const pooler = recording.get("pooler-deployment");
  const job = recording.get("migration-job");
  expect(recording.get("app-deployment").waitsFor).toContain(pooler.urn);
  expect(pooler.waitsFor).not.toContain(job.urn);
  expect(job.waitsFor).not.toContain(pooler.urn);
});

describe("PgBouncer", () => {
  test("pools transactions, over TLS on both sides, and keeps prepared statements apart", async () => {
    expect(ini(await pooled({ poolerSize: "30" }))).toMatchObject({
      orders: "host=database.example port=5432 dbname=orders connect_query='SET statement_timeout = 20000'",
      pool_mode: "transaction",
      default_pool_size: "30",
      max_prepared_statements: "200",
      auth_type: "scram-sha-256",
      client_tls_sslmode: "require",
      server_tls_sslmode: "verify-full",
      server_tls_ca_file: "/etc/pooler/settings/database-ca.pem",
      query_wait_timeout: "20",
      server_connect_timeout: "3",
      // All of (12 + 1) pods, twice: an update's come while others go.
      max_client_conn: String(2 * 13 * 11),
    });
  });

  test("has no secret but in its Secret, and no console for anybody", async () => {
    const recording = await pooled();
    const { stringData } = recording.get("pooler-secrets").inputs;
    const text = reveal(reveal(stringData)["userlist.txt"]);
    expect(text).toContain(`"orders_app_a" "${PASSWORD}"\n`);
    expect(reveal(reveal(stringData)["server.key"])).toBe("the key of pooler-certificate-key");
    for (const name of ["pooler-settings", "pooler-deployment"])
      expect(JSON.stringify(recording.get(name).inputs)).not.toMatch(new RegExp(`${PASSWORD}|the key of`));
    expect(Object.keys(ini(recording)).filter((key) => /users$/.test(key))).toEqual([]);
  });

  test("is restarted with another file or login, under a new name", async () => {
    const recording = await pooled();
    for (const name of ["pooler-settings", "pooler-secrets"]) {
      const { inputs, deleteBeforeReplace } = recording.get(name);
      expect([inputs.immutable, inputs.metadata.name, deleteBeforeReplace]).toEqual([true, undefined, false]);
    }
  });

  test("quotes a name or password that has quotes", () => {
    expect(userlist([{ username: 'a"b', password: "c" }])).toBe('"a""b" "c"\n');
  });
});

describe("its pods", () => {
  test("meet `restricted`, and have no rights", async () => {
    const recording = await pooled();
    const pod = template(recording, "pooler-deployment");
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBe("orders-pooler");
    expect(recording.ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation")).toHaveLength(1);
    expect(pod.containers[0].image).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  test("wait until clients have renewed their connections, and their last transactions are over", async () => {
    const pod = template(await pooled({ databasePoolRecycleSeconds: "300" }), "pooler-deployment");
    expect(pod.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(10 + 300 + 20);
  });

  test("are replaced one by one, after another one is there, and drained one by one", async () => {
    const recording = await pooled({ poolerReplicas: "3" });
    const { replicas, strategy } = recording.get("pooler-deployment").inputs.spec;
    expect(replicas).toBe(3);
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(recording.get("pooler-budget").inputs.spec.maxUnavailable).toBe(1);
  });

  test("have an image of their own, in the repository that stacks share where there is one", async () => {
    const own = await pooled();
    expect(own.ofType("aws:ecr/repository:Repository").map(({ name }) => name)).toContain(
      "pooler-image-repository",
    );
    const shared = await pooled({ imageRepository: "shared" });
    expect(shared.ofType("aws:ecr/repository:Repository")).toEqual([]);
    expect(shared.ofType("docker:index/image:Image")).toHaveLength(2);
  });
});

test("each year has an authority and a certificate of its own, by the same keys and names", async () => {
  const made = async (date: string) => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(date) });
    const tls = (await pooled()).resources.filter(({ type }) => type.startsWith("tls:"));
    return tls.map(({ name }) => name).sort();
  };
  const names = (year: number) =>
    [`-${year}`, `-authority-${year}`, "-authority-key", "-key", "-request"].map(
      (part) => `pooler-certificate${part}`,
    );
  expect(await made("2026-11-25T00:00:00Z")).toEqual(names(2026));
  expect(await made("2027-01-01T00:00:00Z")).toEqual(names(2027));
});

test("is refused with SQLite", async () => {
  await expect(program("prod", { database: "sqlite", set: { poolerReplicas: "2" } })).rejects.toThrow(
    'poolerReplicas: got 2; allowed: 0 where service.ts has database: "sqlite"',
  );
});
