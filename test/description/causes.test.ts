// What a failed `up` says of the description, from what clusters say of pods. The texts are those of Kubernetes 1.34,
// containerd, uvicorn 0.54 and Alembic 1.20, recorded on the emulator; uvicorn ends with 0 after SIGTERM.
import { describe, expect, test } from "vitest";
import type { Command } from "../../description/cause-rules.ts";
import { causes, type PodReport } from "../../description/causes.ts";
import type { Description } from "../../description/description.ts";
import { known } from "../../description/known.ts";
import { service as shop } from "../adopt/service.ts";

const oci =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: " +
  "unable to start container process: ";
const backOff = "back-off 40s restarting failed container=app pod=shop-7c9d_shop(6d7a1a33)";
const probe = (text: string) => `Startup probe failed: ${text}`;
const refused = 'Get "http://100.77.5.4:8080/health": dial tcp 100.77.5.4:8080: connect: connection refused';
const started = (address: string) =>
  `INFO:     Started server process [1]\nINFO:     Uvicorn running on http://${address} (Press CTRL+C to quit)\n`;

const died = (message: string): PodReport => ({
  states: [backOff, message],
  hasEnded: true,
  events: [],
  log: "",
});
const unready = (log: string, ...events: string[]): PodReport => ({
  states: [],
  hasEnded: false,
  events: events.map((message) => ({ message, seconds: 25 })),
  log,
});
const traceback = (end: string) =>
  died(`Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n${end}\n`);

describe("names the line to change:", () => {
  test.each<
    [what: string, pod: PodReport, key: string, got: string, fix: string, service?: Partial<Description>]
  >([
    [
      "no such program",
      died(`${oci}exec: "uvicornx": executable file not found in $PATH: unknown`),
      "serve",
      '"uvicornx", which isn\'t in the image',
      "uvicornx",
    ],
    [
      "no such file",
      died(`${oci}exec: "./start.sh": stat ./start.sh: no such file or directory: unknown`),
      "serve",
      '"./start.sh"',
      "./start.sh",
    ],
    [
      "a program without permission",
      died(`${oci}exec: "/srv/start": permission denied: unknown`),
      "serve",
      "may not run",
      "chmod a+rx /srv/start",
    ],
    [
      "no such program in a shell",
      died("sh: 1: uvicornx: not found\n"),
      "serve",
      "doesn't find uvicornx",
      "uvicornx",
    ],
    [
      "a file in the image that Python writes",
      traceback("OSError: [Errno 30] Read-only file system: '/srv/shop/cache.db'"),
      "writes",
      "/srv/shop/cache.db",
      "add the folder",
    ],
    [
      "a file of SQLite's in the image",
      traceback("sqlite3.OperationalError: unable to open database file"),
      "variables",
      "a file that SQLite can't open",
      "known.database.file",
      { database: "sqlite" },
    ],
    [
      "the same by SQLAlchemy",
      traceback("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) unable to open database file"),
      "variables",
      "a file that SQLite can't open",
      "known.database.file",
      { database: "sqlite" },
    ],
    [
      "a folder that a command makes",
      died("mkdir: cannot create directory '/data/x': Read-only file system\n"),
      "writes",
      "/data/x",
      "add the folder",
    ],
    [
      "a file that a shell writes",
      died("sh: 1: cannot create /srv/x: Read-only file system\n"),
      "writes",
      "/srv/x",
      "add the folder",
    ],
    [
      "a file for root alone",
      traceback("PermissionError: [Errno 13] Permission denied: '/srv/shop/key.pem'"),
      "source",
      "keeps /srv/shop/key.pem",
      "chmod",
    ],
    [
      "the same for a command",
      died("cat: /srv/shop/key.pem: Permission denied\n"),
      "source",
      "keeps /srv/shop/key.pem",
      "chmod",
    ],
    [
      "no such module",
      died('ERROR:    Error loading ASGI app. Could not import module "shop.man".\n'),
      "serve",
      "shop.man",
      "before the colon",
    ],
    [
      "no such object",
      died('ERROR:    Error loading ASGI app. Attribute "ap" not found in module "shop.main".\n'),
      "serve",
      "shop.main:ap,",
      "follows the colon",
    ],
    [
      "a package that isn't on the path",
      traceback("ModuleNotFoundError: No module named 'shop'"),
      "serve",
      "shop, which",
      "correct",
    ],
    [
      "a dependency that isn't installed",
      traceback("ModuleNotFoundError: No module named 'redis.asyncio'"),
      "source",
      "without redis.asyncio",
      "dependencies",
    ],
    [
      "a variable that isn't set",
      traceback("KeyError: 'SHOP_CURRENCY'"),
      "variables",
      "no SHOP_CURRENCY",
      "SHOP_CURRENCY: …",
    ],
    [
      "a setting of pydantic's that isn't set",
      died(
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\ndatabase_url\n  Field required [type=missing]\n",
      ),
      "variables",
      "no variable for the field database_url",
      "DATABASE_URL: …",
    ],
    [
      "uv, which writes a cache",
      died('error: Read-only file system (os error 30) at path "/.cache/uv/.tmpCoFQH9"\n'),
      "serve",
      "of which uv writes into the image",
      "/app/.venv/bin/",
      { serve: ["uv", "run", "uvicorn", "shop.main:app"] },
    ],
    [
      "a setting of pydantic's where the others have a prefix",
      died("ValidationError: 1 validation error for Settings\ncurrency\n  Field required [type=missing]\n"),
      "variables",
      "no variable for the field currency",
      "SHOP_CURRENCY: …",
      { variables: { SHOP_NAME: "Lamps", SHOP_DATABASE_HOST: known.database.host } },
    ],
    [
      "another port",
      unready(started("0.0.0.0:8000"), probe(refused)),
      "http.port",
      "8080, while the service listens at 8000",
      "port: 8000",
    ],
    [
      "a port that no log tells",
      unready("", probe(refused)),
      "http.port",
      "8080, where nothing listens",
      "EXPOSE",
    ],
    [
      "its container's own address",
      unready(started("127.0.0.1:8080"), probe(refused)),
      "serve",
      "127.0.0.1",
      "--host 0.0.0.0",
    ],
    [
      "no such liveness path, once it has started",
      unready(started("0.0.0.0:8080"), probe(refused), probe("HTTP probe failed with statuscode: 404")),
      "http.liveness",
      "/health, which the service answers with 404",
      "routes",
    ],
    [
      "no such readiness path",
      unready(started("0.0.0.0:8080"), "Readiness probe failed: HTTP probe failed with statuscode: 404"),
      "http.readiness",
      "/ready, ",
      "routes",
    ],
    [
      "a path for known hosts alone",
      unready("", probe("HTTP probe failed with statuscode: 400")),
      "http.liveness",
      "400",
      "Host header",
    ],
    [
      "a path behind a login",
      unready("", probe("HTTP probe failed with statuscode: 401")),
      "http.liveness",
      "401",
      "login",
    ],
  ])("%s", (_, pod, key, got, fix, service = {}) => {
    const problems = causes({ ...shop, ...service }, "serve", [pod, pod]);
    expect(problems.map((problem) => problem.key)).toEqual([key]);
    expect(problems[0]?.got).toContain(got);
    expect(problems[0]?.fix).toContain(fix);
  });

  test.each<[what: string, pod: PodReport, got: string]>([
    [
      "no settings of Alembic",
      died("FAILED: No 'script_location' key found in configuration.\n"),
      "finds no settings of Alembic",
    ],
    [
      "no such subcommand",
      died("alembic: error: argument {upgrade}: invalid choice: 'upgrde' (choose from 'upgrade')\n"),
      "refuses upgrde",
    ],
    [
      "no such program",
      died(`${oci}exec: "alembicx": executable file not found in $PATH: unknown`),
      '"alembicx"',
    ],
  ])("of the migration, %s", (_, pod, got) => {
    const [problem, ...others] = causes(shop, "migrations.command", [pod]);
    expect(problem?.key).toBe("migrations.command");
    expect(problem?.got).toContain(got);
    expect(others).toEqual([]);
  });
});

describe("blames no line for", () => {
  test.each<[what: string, pod: PodReport, command?: Command, service?: Partial<Description>]>([
    ["an error of the service's own", traceback("ZeroDivisionError: division by zero")],
    [
      "an outage of the database",
      unready(started("0.0.0.0:8080"), "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    ],
    ["a start that takes too long", unready(started("0.0.0.0:8080"), probe(refused))],
    ["a variable that is set", traceback("KeyError: 'DATABASE_URL'")],
    ["a revision that fails", died("sqlalchemy.exc.ProgrammingError: relation exists"), "migrations.command"],
    ["a start that has only begun", { ...unready(""), events: [{ message: probe(refused), seconds: 5 }] }],
    [
      "a warning in the log of what runs on",
      unready("OSError: [Errno 30] Read-only file system: '/root/.cache'"),
    ],
    ["a worker that nobody probes", unready("", probe(refused)), "serve", { http: undefined }],
    ["a pod that waits for its node", unready("", "0/2 nodes are available")],
  ])("%s", (_, pod, command = "serve", service = {}) => {
    expect(causes({ ...shop, ...service }, command, [pod])).toEqual([]);
  });
});
