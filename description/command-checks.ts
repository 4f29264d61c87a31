// What the source folder tells of the commands that serve and migrate.
import { basename } from "node:path";
import type { Problem } from "../settings/problem.ts";
import type { Command } from "./causes.ts";
import type { Description } from "./description.ts";
import type { Sources } from "./sources.ts";

/** Programs that every image to build from has, or nearly. */
const COMMON = /^(python[\d.]*|(ba)?sh|env|exec)$/;
/** Servers that take `module:object`, and a port by these options. */
const SERVER = /^(uvicorn|gunicorn|hypercorn|granian|fastapi)$/;
const LOOPBACK = /^(127\.[\d.]+|localhost|\[?::1\]?)$/;

/** What can't work. */
export function commandProblems(service: Description, sources: Sources): Problem[] {
  return [
    ...addressProblems(service, sources),
    ...fileProblems(service, sources),
    ...commands(service).flatMap(([key, command]) => targetProblems(key, command, sources)),
    ...alembicProblems(service, sources),
  ];
}

/** What probably won't. */
export function commandWarnings(service: Description, sources: Sources): Problem[] {
  return [
    ...bindWarnings(service, sources),
    ...commands(service).flatMap(([key, command]) => [
      ...programWarnings(key, command, sources, service),
      ...targetWarnings(key, command, sources),
    ]),
  ];
}

/** The port that a command names itself, if it is one. */
export function portOf(command: readonly string[]): number | undefined {
  const bound = options(command, "--bind", "-b").map((address) => address.replace(/^.*:/, ""));
  const [given = "", ...others] = [...options(command, "--port"), ...bound];
  return serverOf(command) && /^\d+$/.test(given) && others.length === 0 ? Number(given) : undefined;
}

/** Where a command says that its server listens, without ports. */
function hostsOf(command: readonly string[]): string[] {
  const bound = options(command, "--bind", "-b").map((address) => address.replace(/:\d+$/, ""));
  return [...options(command, "--host"), ...bound];
}

function commands({ serve, migrations }: Description): [Command, readonly string[]][] {
  return [["serve", serve], ...(migrations ? [["migrations.command", migrations.command] as const] : [])].map(
    ([key, command]) => [key as Command, command as readonly string[]],
  );
}

/** The server that a command starts. Behind anything else, a script may add options that nobody sees. */
function serverOf([program = "", ...words]: readonly string[]): string | undefined {
  const isBehind =
    (/^python[\d.]*$/.test(basename(program)) && words[0] === "-m") || /^(uv|poetry)$/.test(program);
  const name = isBehind ? words[1] : basename(program);
  return name && SERVER.test(name) ? name : undefined;
}

/** What a command gives to an option, as often as it does. */
function options(command: readonly string[], ...names: string[]): string[] {
  return command.flatMap((word, index) => {
    if (names.includes(word)) return command.slice(index + 1, index + 2);
    const name = names.find((name) => name.startsWith("--") && word.startsWith(`${name}=`));
    return name ? [word.slice(name.length + 1)] : [];
  });
}

function addressProblems({ serve, http, variables }: Description, { dockerfile }: Sources): Problem[] {
  if (!http || !serverOf(serve)) return [];
  const shown = JSON.stringify(serve);
  const port = portOf(serve);
  if (port !== undefined && port !== http.port) {
    return [
      {
        key: "http.port",
        got: `${http.port}, while the service is told to listen at ${port} by ${shown}`,
        allowed: "one port in both",
        fix: `port: ${port}`,
      },
    ];
  }
  // Each of uvicorn's options is a variable as well (uvicorn.org/settings and its source, 2026-11).
  const isSet = (name: string) => name in variables || dockerfile.variables.has(name);
  const isUvicorn = serverOf(serve) === "uvicorn";
  const takesSocket = options(serve, "--uds", "--fd").length > 0;
  const problems: Problem[] = [];
  const hosts = hostsOf(serve);
  const isUnset = hosts.length === 0 && isUvicorn && !isSet("UVICORN_HOST") && !takesSocket;
  // It says so itself, and restarts whenever a file changes (fastapi.tiangolo.com/fastapi-cli, 2026-11).
  const isForDevelopment = serverOf(serve) === "fastapi" && serve.includes("dev") && hosts.length === 0;
  const isLoopback = hosts.length > 0 && hosts.every((host) => LOOPBACK.test(host));
  if (isUnset || isForDevelopment || isLoopback) {
    problems.push({
      key: "serve",
      got: `${shown}, which listens at ${hosts[0] ?? "127.0.0.1"}, where only its own container reaches it`,
      allowed: "a command that listens at every address of its pod",
      fix: isForDevelopment
        ? "fastapi run"
        : options(serve, "--bind", "-b").length > 0
          ? `--bind 0.0.0.0:${http.port}`
          : "--host 0.0.0.0",
    });
  }
  if (isUvicorn && port === undefined && !isSet("UVICORN_PORT") && !takesSocket && http.port !== 8000) {
    problems.push({
      key: "http.port",
      got: `${http.port}, while uvicorn listens at 8000 where ${shown} names no port`,
      allowed: "one port in both",
      fix: `"--port", "${http.port}" in serve, or port: 8000`,
    });
  }
  return problems;
}

/** `module:object` of a server, as far as the module is in the sources. */
function target(command: readonly string[]): [module: string, object: string] | undefined {
  const found = command.slice(1).map((word) => /^([A-Za-z_][\w.]*):([A-Za-z_]\w*)(\(.*\))?$/.exec(word));
  const [, module, object] = found.find((match) => match) ?? [];
  return serverOf(command) && module && object ? [module, object] : undefined;
}

function targetProblems(key: Command, command: readonly string[], sources: Sources): Problem[] {
  const [module, object] = target(command) ?? [];
  if (!module || !object) return [];
  const files = sources.modules(module);
  if (files.length === 0 && sources.hasPackage(module)) {
    return [
      {
        key,
        got: `${module}:${object}, while ${module.split(".")[0]} is in the sources and has no such module`,
        allowed: "a module of the sources",
        fix: "correct what stands before the colon",
      },
    ];
  }
  // A name may come from elsewhere in these ways, and in no other.
  const mayHaveIt = new RegExp(`\\b${object}\\b|import\\s+\\*|__getattr__|globals\\(|setattr\\(|exec\\(`);
  if (files.length === 0 || files.some((file) => mayHaveIt.test(sources.python.get(file) ?? ""))) return [];
  return [
    {
      key,
      got: `${module}:${object}, while ${files.join(", ")} doesn't name ${object}`,
      allowed: "the FastAPI object's name in that module",
      fix: "correct what follows the colon",
    },
  ];
}

function targetWarnings(key: Command, command: readonly string[], sources: Sources): Problem[] {
  const [module] = target(command) ?? [];
  if (!module || sources.python.size === 0 || sources.hasPackage(module)) return [];
  const files = sources.modules(module);
  const [file] = files;
  if (!file) {
    return [
      {
        key,
        got: `${module}, which isn't in the sources`,
        allowed: "a module of the sources, or of a package that the image installs",
        fix: "correct what stands before the colon",
      },
    ];
  }
  const folder = (file: string) => file.slice(0, -`${module}.py`.length).replace(/\/$/, "");
  if (files.some((file) => file.endsWith("__init__.py") || sources.mayBePath(folder(file), command)))
    return [];
  const full = file.replace(/^src\//, "").replace(/\.py$/, "");
  return [
    {
      key,
      got: `${module}, which in the sources is ${file}`,
      allowed: "a module's name from the image's WORKDIR or its PYTHONPATH on",
      fix: `${full.replaceAll("/", ".")}, or a PYTHONPATH with ${folder(file)} in the Dockerfile`,
    },
  ];
}

/** `fastapi run` takes a file. */
function fileProblems({ serve }: Description, sources: Sources): Problem[] {
  if (serverOf(serve) !== "fastapi") return [];
  const file = serve.find((word) => word.endsWith(".py"));
  if (!file || sources.python.size === 0 || sources.hasFile(basename(file))) return [];
  return [
    {
      key: "serve",
      got: `${file}, which isn't in the sources`,
      allowed: "a file of the image, from its WORKDIR on",
      fix: "correct it",
    },
  ];
}

/** gunicorn and hypercorn listen at 127.0.0.1:8000 unless they are told otherwise (their sources, 2026-11). */
function bindWarnings({ serve, http, variables }: Description, { dockerfile, files }: Sources): Problem[] {
  const server = serverOf(serve);
  if (!http || (server !== "gunicorn" && server !== "hypercorn") || hostsOf(serve).length > 0) return [];
  const isSet = ["PORT", "GUNICORN_CMD_ARGS"].some(
    (name) => name in variables || dockerfile.variables.has(name),
  );
  const isConfigured =
    serve.some((word) => /^(-c|--config)/.test(word)) ||
    files.some((file) => basename(file) === "gunicorn.conf.py");
  if (isSet || isConfigured) return [];
  return [
    {
      key: "serve",
      got: `${JSON.stringify(serve)}, while ${server} listens at 127.0.0.1:8000 unless it is told otherwise`,
      allowed: "a command that listens at every address of its pod",
      fix: `--bind 0.0.0.0:${http.port}`,
    },
  ];
}

function alembicProblems({ migrations, variables }: Description, sources: Sources): Problem[] {
  const { command = [] } = migrations ?? {};
  if (!command.slice(0, 3).some((word) => basename(word) === "alembic")) return [];
  const [given] = options(command, "-c", "--config");
  const name = basename(given ?? "alembic.ini");
  // Alembic takes its settings from pyproject.toml as well, and their place from this variable.
  const isElsewhere =
    given === undefined &&
    ("ALEMBIC_CONFIG" in variables ||
      sources.dockerfile.variables.has("ALEMBIC_CONFIG") ||
      (sources.files.includes("pyproject.toml") &&
        /^\[tool\.alembic\]/m.test(sources.text("pyproject.toml"))));
  if (sources.hasFile(name) || isElsewhere) return [];
  return [
    {
      key: "migrations.command",
      got: `${JSON.stringify(command)}, while ${sources.exists(name) ? ".dockerignore keeps" : "the sources have no"} ${name}${sources.exists(name) ? " out of the image" : ""}`,
      allowed: "a command whose settings are in the image",
      fix: `let the Dockerfile copy ${name} into its WORKDIR, or name it: alembic -c …`,
    },
  ];
}

function programWarnings(
  key: Command,
  command: readonly string[],
  sources: Sources,
  { variables }: Description,
): Problem[] {
  const [program = ""] = command;
  const warnings: Problem[] = [];
  if (!COMMON.test(basename(program)) && !sources.scripts.includes(program) && !sources.mentions(program)) {
    const { scripts } = sources;
    warnings.push({
      key,
      got: `"${program}", which neither the Dockerfile nor the project's dependencies name`,
      allowed: "a program that the image has",
      fix:
        scripts.length > 0
          ? `one of ${scripts.join(", ")}`
          : "correct it, or add what brings it to the dependencies",
    });
  }
  const isAdjusted =
    command.some((word) => /^--(no-cache|cache-dir)/.test(word)) ||
    ["UV_CACHE_DIR", "UV_NO_CACHE"].some(
      (name) => name in variables || sources.dockerfile.variables.has(name),
    );
  if (basename(program) === "uv" && command[1] === "run" && !isAdjusted) {
    warnings.push({
      key,
      got: `${JSON.stringify(command)}, while uv writes its cache and its environment at each start`,
      allowed: "a command that writes to /tmp alone: the rest of the image is read-only",
      fix: "the program itself instead of uv run, such as /app/.venv/bin/…",
    });
  }
  return warnings;
}
