// What previews say of a description that doesn't fit its sources.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Description } from "../../description/description.ts";
import { known } from "../../description/known.ts";
import { checkSources, sourceProblems } from "../../description/source-checks.ts";
import { sourceWarnings } from "../../description/source-warnings.ts";
import { Sources } from "../../description/sources.ts";
import { service as sample } from "../../service.ts";
import { describe as shown } from "../../settings/problem.ts";
import { service as shop } from "../adopt/service.ts";

let source: string;

beforeEach(() => {
  source = join(mkdtempSync(join(tmpdir(), "fastapi-eks-shop-")), "shop");
  cpSync("test/adopt/shop", source, { recursive: true });
});
afterEach(() => rmSync(dirname(source), { recursive: true }));

/** What is different from the stranger's, in the description and in the folder; files by what is done to their text. */
interface Case {
  service?: Partial<Description>;
  files?: Record<string, (text: string) => string | undefined>;
}

function read({ service = {}, files = {} }: Case): Description {
  for (const [name, edit] of Object.entries(files)) {
    const file = join(source, name);
    mkdirSync(dirname(file), { recursive: true });
    let before = "";
    try {
      before = readFileSync(file, "utf8");
    } catch {
      // A new one.
    }
    const after = edit(before);
    if (after === before) throw new Error(`the edit of ${name} changed nothing`);
    if (after === undefined) rmSync(file);
    else writeFileSync(file, after);
  }
  return { ...shop, source, ...service };
}

const http = (change: object) => ({
  http: { port: 8080, liveness: "/health", readiness: "/ready", ...change },
});
const alembic = (...options: string[]): Partial<Description> => ({
  migrations: {
    command: ["alembic", ...options, "upgrade", "head"],
    tool: "alembic",
    revisions: "alembic/versions",
  },
});
const serve = (...words: string[]) => ({ serve: words });
const uvicorn = (...options: string[]) => serve("uvicorn", "shop.main:app", ...options);
const listening = (target: string) => serve("uvicorn", target, "--host", "0.0.0.0", "--port", "8080");
const replaced = (from: string, to: string) => (text: string) => text.replaceAll(from, to);
const added = (line: string) => (text: string) => `${text.trimEnd()}\n${line}\n`;
const gone = () => undefined;
/** A virtual environment that .dockerignore forgets. */
const environment: Case["files"] = {
  ".dockerignore": () => "",
  ".venv/lib/python3.13/site-packages/other/main.py": added("application = 1"),
  "venv/lib/other/main.py": added("application = 1"),
};

const warnings = (service: Description) => sourceWarnings(service, new Sources(service.source));

test("nothing of the stranger's, nor of the sample's", () => {
  for (const service of [read({}), sample]) expect(checkSources(service)).toEqual([]);
});

test("everything at once, with the lines to change", () => {
  const service = { ...sample, serve: ["uvicorn", "orders.application:app", "--host", "127.0.0.1"] };
  expect(() => checkSources(service)).toThrow(
    /don't fit their sources: 2\n {2}service\.ts:8 serve: got .*127\.0\.0\.1.*\n {2}service\.ts:8 serve: got orders\.application:app/,
  );
});

test("doubts as well, where nothing is wrong", () => {
  expect(checkSources({ ...sample, migrations: { command: ["upgrade-schema"], tool: "other" } })).toEqual([
    expect.stringMatching(/^service\.ts:\d+ migrations\.command: got "upgrade-schema"/),
  ]);
});

describe("is refused:", () => {
  test.each<[what: string, change: Case, key: string, got: RegExp, fix: RegExp]>([
    [
      "no source folder",
      { service: { source: "nowhere" } },
      "source",
      /nowhere, which isn't there/,
      /Dockerfile/,
    ],
    ["no Dockerfile", { files: { Dockerfile: gone } }, "source", /without a Dockerfile/, /put a file/],
    [
      "another port than the command's",
      { service: http({ port: 8000 }) },
      "http.port",
      /8000, .* 8080/,
      /port: 8080/,
    ],
    [
      "another port than gunicorn binds to",
      { service: serve("gunicorn", "-b", "0.0.0.0:9000", "shop.main:app") },
      "http.port",
      /8080, .* 9000/,
      /port: 9000/,
    ],
    [
      "uvicorn's own port, which isn't the image's",
      { service: uvicorn("--host", "0.0.0.0") },
      "http.port",
      /8080, while uvicorn listens at 8000/,
      /"--port", "8080"/,
    ],
    [
      "a server for its own container alone",
      { service: uvicorn("--port", "8080") },
      "serve",
      /listens at 127\.0\.0\.1/,
      /--host 0\.0\.0\.0/,
    ],
    [
      "the same, in so many words",
      { service: serve("python", "-m", "uvicorn", "shop.main:app", "--host=localhost", "--port=8080") },
      "serve",
      /listens at localhost/,
      /--host 0\.0\.0\.0/,
    ],
    [
      "gunicorn for its own container alone",
      { service: serve("gunicorn", "--bind", "127.0.0.1:8080", "shop.main:app") },
      "serve",
      /listens at 127\.0\.0\.1, /,
      /--bind 0\.0\.0\.0:8080/,
    ],
    [
      "a server for development",
      { service: serve("fastapi", "dev", "src/shop/main.py", "--port", "8080") },
      "serve",
      /listens at 127\.0\.0\.1/,
      /fastapi run/,
    ],
    [
      "a file that isn't there",
      { service: serve("fastapi", "run", "src/shop/application.py", "--port", "8080") },
      "serve",
      /src\/shop\/application\.py, which isn't in the sources/,
      /correct/,
    ],
    [
      "an object of an empty module",
      { service: listening("shop:app") },
      "serve",
      /src\/shop\/__init__\.py doesn't name app/,
      /follows/,
    ],
    [
      "an object that only another's module of this name has",
      { service: listening("main:application"), files: { "main.py": added("app = 1"), ...environment } },
      "serve",
      /while main\.py, src\/shop\/main\.py doesn't name application/,
      /follows/,
    ],
    [
      "a module that isn't there",
      { service: serve("uvicorn", "shop.api:app", "--host", "0.0.0.0", "--port", "8080") },
      "serve",
      /no such module/,
      /before the colon/,
    ],
    [
      "an object that isn't there",
      { service: serve("uvicorn", "shop.main:application", "--host", "0.0.0.0", "--port", "8080") },
      "serve",
      /src\/shop\/main\.py doesn't name application/,
      /after|follows/,
    ],
    [
      "no settings of Alembic",
      { files: { "alembic.ini": gone } },
      "migrations.command",
      /no alembic\.ini/,
      /alembic -c/,
    ],
    [
      "others than the sources have",
      { service: alembic("-c", "db/production.ini") },
      "migrations.command",
      /no production\.ini/,
      /copy production\.ini/,
    ],
    [
      "settings that .dockerignore keeps out",
      { files: { ".dockerignore": added("*.ini") } },
      "migrations.command",
      /\.dockerignore keeps alembic\.ini/,
      /./,
    ],
    [
      "revisions that .dockerignore keeps out",
      { files: { ".dockerignore": added("alembic/versions") } },
      "migrations.revisions",
      /the build sees no file/,
      /\.dockerignore/,
    ],
    [
      "a folder to write to that hides the source",
      { service: { writes: ["/srv/shop"] } },
      "writes",
      /\/srv\/shop, where the image has \/srv\/shop/,
      /its own/,
    ],
    [
      "secrets that hide the source",
      { service: { secretFiles: { folder: "/srv/shop/src", files: { PASSWORD: known.database.password } } } },
      "secretFiles.folder",
      /where the image has \/srv\/shop\/src/,
      /its own/,
    ],
  ])("%s", (_, change, key, got, fix) => {
    const problems = sourceProblems(read(change));
    expect(problems.map((problem) => problem.key)).toEqual([key]);
    const [problem] = problems;
    expect(problem?.got).toMatch(got);
    expect(problem?.fix).toMatch(fix);
    expect(shown(problem as never)).toMatch(/^[\w.]+: got .+; allowed: .+; fix: .+$/);
  });
});

describe("is warned of:", () => {
  test.each<[what: string, change: Case, key: string, got: RegExp, fix: RegExp]>([
    [
      "a base image of its own",
      { files: { Dockerfile: (text) => text.replace(/^FROM.*$/m, "FROM python:3.13") } },
      "source",
      /FROM python:3\.13 \(Dockerfile:2\)/,
      /ARG BASE_IMAGE/,
    ],
    [
      "an image that runs as root",
      { files: { Dockerfile: replaced("USER nobody", "USER root") } },
      "source",
      /runs as root \(Dockerfile:\d+\)/,
      /USER 10001/,
    ],
    [
      "an image that says nothing of it",
      { files: { Dockerfile: replaced("USER nobody\n", "") } },
      "source",
      /no USER/,
      /USER 10001/,
    ],
    [
      "files for root alone",
      { files: { Dockerfile: replaced("COPY src src", "COPY --chmod=0700 src src") } },
      "source",
      /--chmod=0700 \(Dockerfile:\d+\)/,
      /0755/,
    ],
    [
      "a script that wouldn't run",
      { files: { Dockerfile: added('ENTRYPOINT ["/srv/entrypoint.sh"]') } },
      "serve",
      /ENTRYPOINT .*entrypoint\.sh/,
      /in front/,
    ],
    [
      "another port than EXPOSE's, and nothing that tells it",
      { service: { ...serve("python", "-m", "shop.main"), ...http({ port: 9000 }) } },
      "http.port",
      /9000, .*EXPOSE 8080 \(Dockerfile:\d+\)/,
      /port: 8080/,
    ],
    [
      "a module that Python finds by another name",
      { service: listening("main:app") },
      "serve",
      /main, which in the sources is src\/shop\/main\.py/,
      /^shop\.main, or a PYTHONPATH with src\/shop/,
    ],
    [
      "gunicorn, which isn't told where to listen",
      { service: serve("gunicorn", "shop.main:app"), files: { "requirements.txt": added("gunicorn") } },
      "serve",
      /gunicorn listens at 127\.0\.0\.1:8000/,
      /--bind 0\.0\.0\.0:8080/,
    ],
    [
      "uv, which writes",
      {
        service: serve("uv", "run", "uvicorn", "shop.main:app", "--host", "0.0.0.0", "--port", "8080"),
        files: { Dockerfile: replaced("RUN python3", "RUN pip install uv && python3") },
      },
      "serve",
      /uv writes its cache/,
      /\.venv\/bin/,
    ],
    [
      "a script that migrates in each pod",
      {
        service: serve("./start.sh"),
        files: { "start.sh": added("alembic upgrade head\nexec uvicorn shop.main:app --port 8080") },
      },
      "serve",
      /^start\.sh, which migrates/,
      /alembic/,
    ],
    [
      "a shell that does",
      {
        service: {
          ...serve(
            "sh",
            "-c",
            "alembic upgrade head && exec uvicorn shop.main:app --host 0.0.0.0 --port 8080",
          ),
          migrations: undefined,
        },
      },
      "migrations.command",
      /nothing, while \["sh",.* migrates/,
      /\["alembic", "upgrade", "head"\]/,
    ],
    [
      "a liveness path that no route ends with",
      { service: http({ liveness: "/healthz" }) },
      "http.liveness",
      /\/healthz/,
      /\/health/,
    ],
    [
      "a readiness path that no route ends with",
      { service: http({ readiness: "/readyz" }) },
      "http.readiness",
      /\/readyz/,
      /\/ready/,
    ],
    [
      "a request that no route ends with",
      { service: { request: { method: "GET", path: "/orders", status: 200 } } },
      "request.path",
      /\/orders/,
      /routes/,
    ],
    [
      "a program that nothing brings",
      { service: serve("granian", "shop.main:app", "--port", "8080") },
      "serve",
      /"granian"/,
      /dependencies/,
    ],
    [
      "another one to migrate",
      { service: { migrations: { command: ["migrate"], tool: "other" } } },
      "migrations.command",
      /"migrate"/,
      /dependencies/,
    ],
    [
      "a package that isn't in the sources",
      { service: serve("uvicorn", "store.main:app", "--host", "0.0.0.0", "--port", "8080") },
      "serve",
      /store\.main, which isn't in the sources/,
      /colon/,
    ],
  ])("%s", (_, change, key, got, fix) => {
    const service = read(change);
    expect(sourceProblems(service)).toEqual([]);
    const found = warnings(service);
    expect(found.map((warning) => warning.key)).toEqual([key]);
    expect(found[0]?.got).toMatch(got);
    expect(found[0]?.fix).toMatch(fix);
  });
});

describe("is nothing to speak of:", () => {
  test.each<[what: string, change: Case]>([
    [
      "a port that a variable tells",
      {
        service: {
          ...serve("python", "-m", "shop"),
          ...http({ port: 9000 }),
          variables: { PORT: known.port },
        },
      },
    ],
    [
      "a host and port that variables tell uvicorn",
      { service: { ...uvicorn(), variables: { UVICORN_HOST: "0.0.0.0", UVICORN_PORT: "8080" } } },
    ],
    [
      "the same in the image",
      { service: uvicorn(), files: { Dockerfile: added("ENV UVICORN_HOST=0.0.0.0 UVICORN_PORT=8080") } },
    ],
    [
      "a port that a variable's text tells",
      { service: { ...serve("python", "-m", "shop"), ...http({ port: 9000 }), variables: { PORT: "9000" } } },
    ],
    [
      "a port that the image's variable tells",
      {
        service: { ...serve("python", "-m", "shop"), ...http({ port: 9000 }) },
        files: { Dockerfile: added("ENV PORT=9000") },
      },
    ],
    [
      "a port in what a script runs",
      {
        service: { ...serve("/srv/entrypoint.sh", "uvicorn", "--port", "9000"), ...http({ port: 9000 }) },
        files: { "entrypoint.sh": added('exec "$@"') },
      },
    ],
    [
      "a port in what a shell runs",
      {
        service: { ...serve("sh", "-c", "exec uvicorn shop.main:app --port 9000"), ...http({ port: 9000 }) },
      },
    ],
    [
      "a port in the sources, and EXPOSE for metrics",
      {
        service: serve("python", "-m", "shop"),
        files: {
          "src/shop/__main__.py": added("uvicorn.run(app, port=8080)"),
          Dockerfile: replaced("EXPOSE 8080", "EXPOSE 9090"),
        },
      },
    ],
    [
      "gunicorn's own file of settings",
      {
        service: serve("gunicorn", "shop.main:app"),
        files: { "gunicorn.conf.py": added('bind = "0.0.0.0:8080"'), "requirements.txt": added("gunicorn") },
      },
    ],
    [
      "gunicorn at a second port",
      {
        service: serve("gunicorn", "-b", "127.0.0.1:9000", "-b", "0.0.0.0:8080", "shop.main:app"),
        files: { "requirements.txt": added("gunicorn") },
      },
    ],
    ["a port that Kubernetes puts in", { service: uvicorn("--host", "0.0.0.0", "--port", "$(PORT)") }],
    [
      "gunicorn's shortest way to say it",
      {
        service: serve("gunicorn", "-b0.0.0.0:8080", "shop.main:app"),
        files: { "requirements.txt": added("gunicorn") },
      },
    ],
    [
      "a flat service beside its virtual environment",
      { service: listening("main:app"), files: { "main.py": added("app = FastAPI()"), ...environment } },
    ],
    [
      "a module in a folder that the Dockerfile names",
      { service: listening("main:app"), files: { Dockerfile: replaced("COPY src src", "COPY src/shop .") } },
    ],
    [
      "a module in a folder that the command names",
      { service: serve(...listening("main:app").serve, "--app-dir", "src/shop") },
    ],
    [
      "a file that the image has elsewhere",
      {
        service: serve("fastapi", "run", "app/main.py", "--port", "8080"),
        files: { "requirements.txt": added("fastapi[standard]") },
      },
    ],
    [
      "uv with a cache that it may write to",
      {
        service: { ...serve("uv", "run", "shop"), variables: { UV_CACHE_DIR: "/tmp/uv" } },
        files: { Dockerfile: replaced("RUN python3", "RUN pip install uv && python3") },
      },
    ],
    [
      "a port of EXPOSE that a build argument stands for",
      {
        service: serve("python", "-m", "shop"),
        files: { Dockerfile: replaced("EXPOSE 8080", "EXPOSE $PORT") },
      },
    ],
    [
      "one of several ports",
      { service: serve("python", "-m", "shop"), files: { Dockerfile: added("EXPOSE 9090") } },
    ],
    [
      "a script of the project's own",
      {
        service: serve("shop-serve"),
        files: {
          "pyproject.toml": added(
            '[project]\nname = "shop"\n[project.scripts]\nshop-serve = "shop.cli:main"',
          ),
        },
      },
    ],
    [
      "a script that is copied",
      { service: serve("./start.sh"), files: { "start.sh": added("exec uvicorn") } },
    ],
    [
      "an object that a factory makes",
      {
        service: uvicorn("--factory", "--host", "0.0.0.0", "--port", "8080"),
        files: { "src/shop/main.py": added("from shop.extra import *") },
      },
    ],
    ["routes below a prefix", { service: http({ liveness: "/api/v1/health" }) }],
    [
      "a route with a parameter",
      { service: { request: { method: "GET", path: "/products/7?full=1", status: 200 } } },
    ],
    [
      "Alembic's settings in pyproject.toml",
      {
        files: {
          "alembic.ini": gone,
          "pyproject.toml": added('[tool.alembic]\nscript_location = "alembic"'),
        },
      },
    ],
    ["a worker", { service: { http: undefined, request: undefined, ...serve("python", "-m", "shop.main") } }],
    [
      "the image's own script in front",
      {
        service: serve("/srv/entrypoint.sh", "uvicorn"),
        files: { Dockerfile: added('ENTRYPOINT ["/srv/entrypoint.sh"]') },
      },
    ],
    [
      "root in a stage that is only copied from",
      { files: { Dockerfile: (text) => text.replace("FROM", "FROM x AS build\nUSER root\nFROM") } },
    ],
    ["a folder to write to beside the source", { service: { writes: ["/srv/shop-cache", "/var/lib/shop"] } }],
  ])("%s", (_, change) => {
    const service = read(change);
    expect([...sourceProblems(service), ...warnings(service)]).toEqual([]);
  });
});
