// What the source folder tells of the commands that serve and migrate.
import { basename } from "node:path";
import type { Problem } from "../settings/problem.ts";
import { addressProblems, bindWarnings } from "./address-checks.ts";
import type { Command } from "./cause-rules.ts";
import type { Description } from "./description.ts";
import { options, serverOf, target } from "./server-command.ts";
import type { Sources } from "./sources.ts";

/** Programs that every image to build from has, or nearly. */
const COMMON = /^(python[\d.]*|(ba)?sh|env|exec)$/;

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

function commands({ serve, migrations }: Description): [Command, readonly string[]][] {
  return [["serve", serve], ...(migrations ? [["migrations.command", migrations.command] as const] : [])].map(
    ([key, command]) => [key as Command, command as readonly string[]],
  );
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
  // Only these can bring a name from elsewhere.
  const mayHaveIt = new RegExp(`\\b${object}\\b|import\\s+\\*|__getattr__|globals\\(|setattr\\(|exec\\(`);
  const isHere = files.some(({ root }) => sources.mayBePath(root, command));
  if (!isHere || files.some(({ file }) => mayHaveIt.test(sources.python.get(file) ?? ""))) return [];
  return [
    {
      key,
      got: `${module}:${object}, while ${files.map(({ file }) => file).join(", ")} doesn't name ${object}`,
      allowed: "the FastAPI object's name in that module",
      fix: "correct what follows the colon",
    },
  ];
}

function targetWarnings(key: Command, command: readonly string[], sources: Sources): Problem[] {
  const [module] = target(command) ?? [];
  if (!module || sources.python.size === 0 || sources.hasPackage(module)) return [];
  const files = sources.modules(module);
  const [found] = files;
  if (!found) {
    return [
      {
        key,
        got: `${module}, which isn't in the sources`,
        allowed: "a module of the sources, or of a package that the image installs",
        fix: "correct what stands before the colon",
      },
    ];
  }
  if (files.some(({ root }) => sources.mayBePath(root, command))) return [];
  const { file, root } = found;
  const full = file.replace(/^src\//, "").replace(/(\/__init__)?\.py$/, "");
  return [
    {
      key,
      got: `${module}, which in the sources is ${file}`,
      allowed: "a module's name from the image's WORKDIR or its PYTHONPATH on",
      fix: `${full.replaceAll("/", ".")}, or a PYTHONPATH with ${root} in the Dockerfile`,
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
