// What `npm run vm` writes, for both stacks and for other kinds of services.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Description } from "../../description/description.ts";
import { databaseUrl, known, knownIn, text, type Value } from "../../description/known.ts";
import { service as sample } from "../../service.ts";
import { checkSettings } from "../../settings/load.ts";
import type { Deployment } from "../../vm/deployment.ts";
import { release } from "../../vm/release.ts";
import { stackSettings } from "../../vm/stack.ts";

const image = `registry.example/orders@sha256:${"a".repeat(64)}`;
const prod = stackSettings("prod");

const shop: Description = {
  name: "shop",
  source: "shop",
  serve: ["uvicorn", "shop.main:app", "--port", "8080"],
  http: { port: 8080, liveness: "/health", readiness: "/ready" },
  database: "postgresql",
  migrations: { command: ["alembic", "upgrade", "head"], tool: "other" },
  variables: {
    DATABASE_URL: databaseUrl("postgresql+psycopg"),
    PRICE: "5 $ or $" + "{IMAGE}",
    GREETING: text`from ${known.environment}`,
  },
  writes: ["/var/cache/shop"],
};
const { http: _, migrations: __, ...worker } = { ...shop, name: "worker", database: "none" as const };

const notes: Description = { ...sample, database: "sqlite" as Description["database"] };

const deployments: Record<string, Deployment> = {
  "the sample in dev": { service: sample, settings: stackSettings("dev"), environment: "dev", image },
  "the sample in prod": { service: sample, settings: prod, environment: "prod", image },
  "a service with DATABASE_URL": { service: shop, settings: prod, environment: "prod", image },
  "a service with a file of SQLite": { service: notes, settings: prod, environment: "prod", image },
  "a worker without a database": { service: worker, settings: prod, environment: "prod", image },
};

// biome-ignore lint/suspicious/noExplicitAny: a Compose project, whose shape the tests are about.
const project = (deployment: Deployment): any => parse(release(deployment)["compose.yaml"] ?? "");
const deployment = (name: string): Deployment => deployments[name] as Deployment;
const { service: _service, ...rest } = deployment("the sample in prod");

describe.each(Object.keys(deployments))("%s", (name) => {
  const { services, secrets } = project(deployment(name));

  test.each(Object.keys(services))("%s is hardened", (container) => {
    const { user, cap_add, mem_limit, memswap_limit, pids_limit, ...others } = services[container];
    expect(others).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
    });
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(mem_limit).toMatch(/^\d+[mg]$/);
    expect(memswap_limit).toBe(mem_limit);
    expect(pids_limit).toBeLessThanOrEqual(512);
    expect(cap_add).toEqual(container === "proxy" ? ["NET_BIND_SERVICE"] : undefined);
    for (const danger of ["privileged", "pid", "ipc", "devices", "userns_mode"]) {
      expect(others).not.toHaveProperty(danger);
    }
    expect(JSON.stringify(others)).not.toContain("docker.sock");
  });

  test("what stays up has a health check, and only the proxy can be reached from outside", () => {
    for (const [container, { ports, healthcheck, restart }] of Object.entries<Record<string, unknown>>(
      services,
    )) {
      expect(ports !== undefined).toBe(container === "proxy");
      if (restart === "unless-stopped" && name !== "a worker without a database") {
        expect(healthcheck, container).toBeDefined();
      }
    }
  });

  test("secrets are files that stay on the machine", () => {
    for (const { file } of Object.values<{ file: string }>(secrets)) expect(file).toMatch(/^\.\.\/secrets\//);
    for (const text of Object.values(release(deployment(name)))) {
      // The marks that prepare.sh replaces are all there is of a password.
      expect(text.replaceAll("{{database.password}}", "")).not.toMatch(/:[0-9a-f]{32,}@|PASSWORD=\S/);
    }
  });
});

describe("the sample", () => {
  const { services, networks } = project(deployment("the sample in prod"));

  test("starts in order: database, migration, app, proxy", () => {
    expect(services.migration.depends_on).toEqual({ database: { condition: "service_healthy" } });
    expect(services.app.depends_on).toEqual({
      database: { condition: "service_healthy" },
      migration: { condition: "service_completed_successfully" },
    });
    expect(services.backup.depends_on).toEqual(services.app.depends_on);
    expect(services.proxy.depends_on).toEqual({ app: { condition: "service_healthy" } });
    expect(services.migration.restart).toBe("no");
  });

  test("gets every variable and file of its description", () => {
    const { environment, secrets } = services.app;
    const elsewhere = ["database.file", "metricsPort", "trustedProxies"];
    const isElsewhere = (value: Value) => knownIn(value).some(({ name }) => elsewhere.includes(String(name)));
    const expected = Object.entries(sample.variables).filter(([, value]) => !isElsewhere(value));
    expect(Object.keys(environment)).toEqual(expected.map(([name]) => name));
    expect(secrets).toEqual([
      { source: "APP_DATABASE_PASSWORD", target: "/run/secrets/orders/APP_DATABASE_PASSWORD" },
    ]);
  });

  test("its migration, app and candidate are the same container", () => {
    const { entrypoint, depends_on: _b, restart: _c, healthcheck, volumes, ...others } = services.migration;
    const script = volumes.at(-1);
    const migration = { ...others, volumes: volumes.slice(0, -1) };
    // By which an older release leaves a newer database alone.
    expect(script).toMatchObject({ source: "run_alembic.py", read_only: true });
    expect(release(deployment("the sample in prod"))[script.source]).toContain("Can't locate revision");
    expect(entrypoint).toEqual(["python3", script.target, "orders", "migrate"]);
    expect(services.app).toMatchObject(migration);
    expect(services.candidate).toMatchObject({ ...migration, profiles: ["deploy"], restart: "no" });
    // The image's own would ask a server that isn't there.
    expect(healthcheck).toEqual({ disable: true });
  });

  test("what has a secret is made anew when the secret is another one", () => {
    const labelled = Object.keys(services).filter(
      (name) => services[name].labels?.secrets === "$" + "{SECRETS}",
    );
    expect(labelled).toEqual(["app", "migration", "candidate", "database", "backup"]);
    expect(release(deployment("the sample in prod"))[".env"]).toContain("\nSECRETS=\n");
  });

  test("stops within the grace chain, without the head start of load balancers", () => {
    expect(services.app.stop_grace_period).toBe("35s");
  });

  test("its database takes TLS alone, is on a network that leads nowhere, and holds two versions' connections", () => {
    expect(services.database.networks).toEqual(["back"]);
    expect(networks.back).toEqual({ internal: true });
    expect(services.database.command).toEqual(expect.arrayContaining(["ssl=on", "max_connections=32"]));
  });

  test("its image is what .env says, its own name of it too", () => {
    expect(release(deployment("the sample in prod"))[".env"]).toContain(`IMAGE=${image}\n`);
    expect(services.app.environment.APP_IMAGE).toBe(services.app.image);
  });
});

describe("a service with DATABASE_URL", () => {
  const files = release(deployment("a service with DATABASE_URL"));
  const { services } = project(deployment("a service with DATABASE_URL"));

  test("gets it by a file that the machine fills in", () => {
    expect(files["secrets/variables.env"]).toBe(
      "DATABASE_URL=postgresql+psycopg://shop:{{database.password}}@database:5432/shop" +
        "?sslmode=verify-full&sslrootcert=/etc/ssl/database-ca.pem\n",
    );
    expect(services.app.env_file).toEqual([{ path: "../secrets/app/variables.env", format: "raw" }]);
    expect(files["compose.yaml"]).not.toContain("DATABASE_URL");
  });

  test("keeps its own dollars, and what it writes to", () => {
    expect(services.app.environment).toEqual({ PRICE: "5 $$ or $$" + "{IMAGE}", GREETING: "from prod" });
    expect(services.app.tmpfs.map((folder: string) => folder.split(":")[0])).toEqual([
      "/tmp",
      "/var/cache/shop",
    ]);
  });
});

test("a hyphen in a service's name is none in its database's, as on RDS", () => {
  const files = release({ ...rest, service: { ...shop, name: "my-shop" } });
  const { services } = parse(files["compose.yaml"] ?? "");
  expect(services.database.environment.DATABASE_NAME).toBe("my_shop");
  expect(services.backup.environment).toMatchObject({ PGUSER: "my_shop", PGDATABASE: "my_shop" });
  expect(files["secrets/variables.env"]).toMatch(/\/\/my_shop:.*@database:5432\/my_shop\?/);
  expect(files[".env"]).toMatch(/^NAME=my-shop\n[\s\S]*^DATABASE_NAME=my_shop$/m);
});

describe("a service with a file of SQLite", () => {
  const { services, secrets } = project(deployment("a service with a file of SQLite"));

  test("has no server, a folder of its own for the file, and backups of it", () => {
    expect(Object.keys(services).sort()).toEqual(["app", "backup", "migration", "proxy"]);
    const folder = expect.objectContaining({ source: "../data/service", target: "/var/lib/database" });
    for (const name of ["app", "backup", "migration"]) expect(services[name].volumes).toContainEqual(folder);
    expect(services.backup.environment.DATABASE_FILE).toBe("/var/lib/database/orders.db");
    expect(secrets).toEqual({});
    expect(services.backup.depends_on).toEqual({
      migration: { condition: "service_completed_successfully" },
    });
  });

  test("is told of a file, of its pool and its time limit, as on the cluster, and of no server", () => {
    const { environment } = services.app;
    expect(environment).toMatchObject({
      APP_DATABASE_FILE: "/var/lib/database/orders.db",
      APP_DATABASE_POOL_SIZE: "10",
      APP_DATABASE_COMMAND_TIMEOUT_SECONDS: "2",
    });
    expect(Object.keys(environment).filter((name) => name.startsWith("APP_DATABASE_"))).toHaveLength(3);
  });

  test("is never tried beside the version that writes", () => {
    expect(services).not.toHaveProperty("candidate");
  });
});

test("a worker has neither proxy nor database, and isn't tried beside the version that works", () => {
  const { services } = project(deployment("a worker without a database"));
  expect(Object.keys(services)).toEqual(["app"]);
  expect(services.app.healthcheck).toEqual({ disable: true });
  expect(release(deployment("a worker without a database"))).not.toHaveProperty("Caddyfile");
});

describe("the proxy", () => {
  const withHosts = (...hosts: string[]): Deployment => ({
    ...deployment("the sample in prod"),
    settings: { ...prod, app: { ...prod.app, allowedHosts: hosts } },
  });

  test("answers for the allowed hosts, or for localhost alone", () => {
    expect(release(withHosts("a.example.com", "b.example.com")).Caddyfile).toContain(
      "\na.example.com, b.example.com {\n",
    );
    expect(release(withHosts()).Caddyfile).toContain("\nlocalhost {\n");
  });

  test("lets requests wait for longer than the old version takes to go", () => {
    const [, seconds] = /lb_try_duration (\d+)s/.exec(release(withHosts()).Caddyfile ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThan(prod.app.gracefulTimeoutSeconds);
  });

  test("is made anew when its configuration differs", () => {
    const label = (...hosts: string[]) => project(withHosts(...hosts)).services.proxy.labels["made-from"];
    expect(label("a.example.com")).not.toBe(label("b.example.com"));
    expect(label("a.example.com")).toBe(label("a.example.com"));
  });

  test("refuses patterns, whose certificates take the DNS", () => {
    expect(() => release(withHosts("*.example.com"))).toThrow(
      /appAllowedHosts: got \*\.example\.com; allowed/,
    );
  });
});

test("an image without a digest is refused", () => {
  expect(() => release({ ...rest, service: sample, image: "registry.example/orders:latest" })).toThrow(
    /image: got registry\.example\/orders:latest; allowed: <repository>@sha256/,
  );
});

test("another PostgreSQL than the pinned one is refused", () => {
  const settings = checkSettings({
    imageBase: `python:3.13-slim@sha256:${"b".repeat(64)}`,
    databaseEngineVersion: "16",
  });
  expect(() => release({ ...rest, service: sample, settings })).toThrow(
    /databaseEngineVersion: got 16; allowed/,
  );
});
