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

/** What can't work. */
export function commandProblems(service: Description, sources: Sources): Problem[] {
  return [
    ...addressProblems(service, sources),
    ...commands(service).flatMap(([key, command]) => targetProblems(key, command, sources)),
    ...alembicProblems(service, sources),
  ];
}

/** What probably won't. */
export function commandWarnings(service: Description, sources: Sources): Problem[] {
  return commands(service).flatMap(([key, command]) => programWarnings(key, command, sources));
}

/** The port that a command names itself. */
export function portOf(command: readonly string[]): number | undefined {
  const given = option(command, "--port") ?? option(command, "--bind", "-b")?.replace(/^.*:/, "");
  return serverOf(command) && /^\d+$/.test(given ?? "") ? Number(given) : undefined;
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

function option(command: readonly string[], ...names: string[]): string | undefined {
  for (const [index, word] of command.entries()) {
    if (names.includes(word)) return command[index + 1];
    const name = names.find((name) => name.startsWith("--") && word.startsWith(`${name}=`));
    if (name) return word.slice(name.length + 1);
  }
  return undefined;
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
  const takesSocket = option(serve, "--uds", "--fd") !== undefined;
  const problems: Problem[] = [];
  const host = option(serve, "--host");
  const isUnset = host === undefined && isUvicorn && !isSet("UVICORN_HOST") && !takesSocket;
  if (isUnset || host === "127.0.0.1" || host === "localhost") {
    problems.push({
      key: "serve",
      got: `${shown}, which listens at ${host ?? "127.0.0.1"}, where only its own container reaches it`,
      allowed: "a command that listens at every address of its pod",
      fix: "--host 0.0.0.0",
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
  const { isOwn, file } = sources.module(module);
  if (isOwn && !file) {
    return [
      {
        key,
        got: `${module}:${object}, while ${module.split(".")[0]} is in the sources and has no such module`,
        allowed: "a module of the sources",
        fix: "correct what stands before the colon",
      },
    ];
  }
  const text = file && sources.python.get(file);
  // A name may come from elsewhere in these ways, and in no other.
  const mayHaveIt = (text: string) =>
    new RegExp(`\\b${object}\\b`).test(text) ||
    /import\s+\*|__getattr__|globals\(|setattr\(|exec\(/.test(text);
  if (!text || mayHaveIt(text)) return [];
  return [
    {
      key,
      got: `${module}:${object}, while ${file} doesn't name ${object}`,
      allowed: "the FastAPI object's name in that module",
      fix: "correct what follows the colon",
    },
  ];
}

function alembicProblems({ migrations, variables }: Description, sources: Sources): Problem[] {
  const { command = [] } = migrations ?? {};
  if (!command.slice(0, 3).some((word) => basename(word) === "alembic")) return [];
  const given = option(command, "-c", "--config");
  const name = basename(given ?? "alembic.ini");
  const isThere = sources.files.some((file) => basename(file) === name);
  // Alembic takes its settings from pyproject.toml as well, and their place from this variable.
  const isElsewhere =
    given === undefined &&
    ("ALEMBIC_CONFIG" in variables ||
      sources.dockerfile.variables.has("ALEMBIC_CONFIG") ||
      (sources.files.includes("pyproject.toml") &&
        /^\[tool\.alembic\]/m.test(sources.text("pyproject.toml"))));
  const isMade = sources.dockerfile.instructions.some(
    (instruction) =>
      (instruction.name === "RUN" || instruction.flags.has("from")) && instruction.text.includes(name),
  );
  if (isThere || isElsewhere || isMade) return [];
  return [
    {
      key: "migrations.command",
      got: `${JSON.stringify(command)}, while ${sources.exists(name) ? ".dockerignore keeps" : "the sources have no"} ${name}${sources.exists(name) ? " out of the image" : ""}`,
      allowed: "a command whose settings are in the image",
      fix: `let the Dockerfile copy ${name} into its WORKDIR, or name it: alembic -c …`,
    },
  ];
}

function programWarnings(key: Command, command: readonly string[], sources: Sources): Problem[] {
  const [program = ""] = command;
  const [module] = target(command) ?? [];
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
  if (module && !sources.module(module).isOwn && sources.python.size > 0) {
    warnings.push({
      key,
      got: `${module}, which isn't in the sources`,
      allowed: "a module of the sources, or of a package that the image installs",
      fix: "correct what stands before the colon",
    });
  }
  return warnings;
}
