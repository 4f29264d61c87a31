// What the source folder tells of a description that can't work, or probably won't.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import type { Problem } from "../settings/problem.ts";
import { commandProblems, commandWarnings, portOf } from "./command-checks.ts";
import type { Description } from "./description.ts";
import { execForm } from "./dockerfile.ts";
import { knownIn } from "./known.ts";
import { Sources } from "./sources.ts";

/** What can't work. A pinned image wasn't built from these sources: nothing is said of it. */
export function sourceProblems(service: Description): Problem[] {
  const missing = missingSources(service.source);
  if (missing) return [missing];
  const sources = new Sources(service.source);
  return [
    ...portProblems(service, sources),
    ...revisionProblems(service, sources),
    ...hiddenFiles(service, sources),
    ...commandProblems(service, sources),
  ];
}

/** What probably won't, or not as somebody might think: it isn't refused, since sources don't tell everything. */
export function sourceWarnings(service: Description): Problem[] {
  if (missingSources(service.source)) return [];
  const sources = new Sources(service.source);
  return [
    ...baseWarnings(sources),
    ...userWarnings(sources),
    ...entrypointWarnings(service, sources),
    ...pathWarnings(service, sources),
    ...commandWarnings(service, sources),
  ];
}

function missingSources(source: string): Problem | undefined {
  if (existsSync(join(source, "Dockerfile"))) return undefined;
  return {
    key: "source",
    got: `${source}, ${existsSync(source) ? "a folder without a Dockerfile" : "which isn't there"}`,
    allowed: "the folder of the service's Dockerfile, from this program's folder on",
    fix: "the folder's name, or put a file called Dockerfile into it",
  };
}

const at = (line: number) => `Dockerfile:${line}`;

function portProblems({ http, serve, variables }: Description, { dockerfile }: Sources): Problem[] {
  const { ports } = dockerfile;
  // Whoever is told the port may listen there, whatever the image says.
  const isTold =
    portOf(serve) !== undefined ||
    Object.values(variables).some((value) => knownIn(value).some(({ name }) => name === "port"));
  if (!http || isTold || ports.length === 0 || ports.some(({ port }) => port === http.port)) return [];
  const said = ports.map(({ port, line }) => `EXPOSE ${port} (${at(line)})`).join(", ");
  return [
    {
      key: "http.port",
      got: `${http.port}, while the image says ${said}`,
      allowed: "one port in both, since no variable tells it to the service",
      fix: `port: ${ports[0]?.port}`,
    },
  ];
}

function revisionProblems({ migrations, source }: Description, sources: Sources): Problem[] {
  if (migrations?.tool !== "alembic") return [];
  const folder = posix.normalize(`${migrations.revisions}/`);
  if (!sources.exists(folder) || sources.files.some((file) => file.startsWith(folder))) return [];
  return [
    {
      key: "migrations.revisions",
      got: `${migrations.revisions}, of which the build sees no file`,
      allowed: "a folder that goes into the image, with the revisions in it",
      fix: `take it out of ${source}/.dockerignore`,
    },
  ];
}

/** A folder that is mounted hides what the image has there. */
function hiddenFiles({ writes = [], secretFiles }: Description, { dockerfile }: Sources): Problem[] {
  const copied: { path: string; line: number }[] = [];
  let workdir = "/";
  for (const { name, text, line } of dockerfile.final) {
    if (name === "WORKDIR") workdir = posix.resolve(workdir, text.replace(/^["']|["']$/g, ""));
    if (name !== "COPY" && name !== "ADD") continue;
    const target = (execForm(text) ?? text.split(/\s+/)).at(-1) ?? "";
    if (!target.includes("$") && !workdir.includes("$"))
      copied.push({ path: posix.resolve(workdir, target), line });
  }
  const mounts = [
    ...writes.map((folder) => ["writes", folder] as const),
    ...(secretFiles ? [["secretFiles.folder", secretFiles.folder] as const] : []),
  ];
  return mounts.flatMap(([key, folder]) => {
    const hidden = copied.find(({ path }) => `${path}/`.startsWith(`${posix.normalize(folder)}/`));
    return hidden
      ? [
          {
            key,
            got: `${folder}, where the image has ${hidden.path} (${at(hidden.line)})`,
            allowed:
              "folders that the image keeps nothing in: they are empty when a pod starts, and hide what was there",
            fix: "a folder of its own, or another place in the Dockerfile",
          },
        ]
      : [];
  });
}

function baseWarnings({ dockerfile }: Sources): Problem[] {
  if (dockerfile.buildsFrom("BASE_IMAGE")) return [];
  const from = dockerfile.instructions.find(({ name }) => name === "FROM");
  return [
    {
      key: "source",
      got: `${from ? `FROM ${from.text} (${at(from.line)})` : "no FROM"}, which isn't what the setting imageBase chooses`,
      allowed: "an image that is built from the setting's, which is pinned by its digest",
      fix: "ARG BASE_IMAGE above the first FROM, and FROM $BASE_IMAGE",
    },
  ];
}

function userWarnings({ dockerfile }: Sources): Problem[] {
  const user = dockerfile.last("USER");
  const closed = dockerfile.final.filter(
    ({ name, flags }) =>
      (name === "COPY" || name === "ADD") &&
      /^[0-7]*[0-3]$/.test(flags.get("chmod") ?? "") &&
      !flags.get("chown")?.startsWith("10001"),
  );
  const root = !user || /^(root|0)(:|$)/.test(user.text);
  return [
    ...(root
      ? [
          {
            key: "source",
            got: `an image that runs as root (${user ? at(user.line) : "no USER in the Dockerfile"})`,
            allowed:
              "any other user: pods run as user 10001 whatever the image says, and what needs root fails",
            fix: "USER 10001:10001 at the Dockerfile's end",
          },
        ]
      : []),
    ...closed.map(({ name, flags, line }) => ({
      key: "source",
      got: `${name} --chmod=${flags.get("chmod")} (${at(line)}), which keeps the files from user 10001`,
      allowed: "files that everybody may read: pods run as user 10001",
      fix: "--chmod=0755, or --chown=10001:10001",
    })),
  ];
}

function entrypointWarnings({ serve }: Description, { dockerfile }: Sources): Problem[] {
  const entrypoint = dockerfile.last("ENTRYPOINT");
  const [program = ""] = execForm(entrypoint?.text ?? "") ?? entrypoint?.text.split(/\s+/) ?? [];
  if (!entrypoint || !program.endsWith(".sh") || serve[0] === program) return [];
  return [
    {
      key: "serve",
      got: `${JSON.stringify(serve)}, which runs instead of ENTRYPOINT ${entrypoint.text} (${at(entrypoint.line)})`,
      allowed: "a command that needs nothing of what that script does",
      fix: `put ${JSON.stringify(program)} in front of it, if the script runs its arguments`,
    },
  ];
}

function pathWarnings({ http, request }: Description, sources: Sources): Problem[] {
  if (sources.python.size === 0) return [];
  const paths = [
    ["http.liveness", http?.liveness],
    ["http.readiness", http?.readiness],
    ["request.path", request?.path.replace(/\?.*/, "")],
  ] as const;
  const routes = [...sources.literals].filter((literal) => /^[/\w{}.:-]*\w[/\w{}.:-]*$/.test(literal));
  return paths.flatMap(([key, path]) =>
    path === undefined || path === "/" || routes.some((route) => mayEnd(path, route))
      ? []
      : [
          {
            key,
            got: `${path}, which no text in the Python sources ends with`,
            allowed: "a path that the service answers",
            fix: `one of its routes${listed(sources)}`,
          },
        ],
  );
}

/** Whether a path may be the end of a route, or a route the end of a path: routers have prefixes. */
function mayEnd(path: string, route: string): boolean {
  const parts = (text: string) => text.split("/").filter((part) => part !== "");
  const [given, known] = [parts(path).toReversed(), parts(route).toReversed()];
  const common = given.slice(0, known.length);
  const isParameter = (index: number) => /^\{.*\}$/.test(known[index] ?? "");
  return (
    common.every((part, index) => part === known[index] || isParameter(index)) &&
    common.some((_, index) => !isParameter(index))
  );
}

/** Those that look like paths for checks of health. */
function listed({ literals }: Sources): string {
  const found = [...literals].filter((literal) =>
    /^\/[\w-]*(health|ready|live|ping|status)[\w-]*$/i.test(literal),
  );
  return found.length > 0 ? `, such as ${found.slice(0, 3).join(", ")}` : "";
}
