// Warns of a description that probably won't work with what is in the source folder, or not as somebody might think.
import { basename } from "node:path";
import type { Problem } from "../settings/problem.ts";
import { commandWarnings } from "./command-checks.ts";
import type { Description } from "./description.ts";
import { execForm, place } from "./dockerfile.ts";
import { pieces } from "./known.ts";
import { portOf } from "./server-command.ts";
import type { Sources } from "./sources.ts";

export function sourceWarnings(service: Description, sources: Sources): Problem[] {
  return [
    ...baseWarnings(sources),
    ...userWarnings(sources),
    ...entrypointWarnings(service, sources),
    ...portWarnings(service, sources),
    ...migrationWarnings(service, sources),
    ...pathWarnings(service, sources),
    ...commandWarnings(service, sources),
  ];
}

function baseWarnings({ dockerfile }: Sources): Problem[] {
  if (dockerfile.buildsFrom("BASE_IMAGE")) return [];
  const from = dockerfile.instructions.find(({ name }) => name === "FROM");
  return [
    {
      key: "source",
      got: `${from ? `FROM ${from.text} (${place(from.line)})` : "no FROM"}, which isn't what the setting imageBase chooses`,
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
            got: `an image that runs as root (${user ? place(user.line) : "no USER in the Dockerfile"})`,
            allowed:
              "any other user: pods run as user 10001 whatever the image says, and what needs root fails",
            fix: "USER 10001:10001 at the Dockerfile's end",
          },
        ]
      : []),
    ...closed.map(({ name, flags, line }) => ({
      key: "source",
      got: `${name} --chmod=${flags.get("chmod")} (${place(line)}), which keeps the files from user 10001`,
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
      got: `${JSON.stringify(serve)}, which runs instead of ENTRYPOINT ${entrypoint.text} (${place(entrypoint.line)})`,
      allowed: "a command that needs nothing of what that script does",
      fix: `put ${JSON.stringify(program)} in front of it, if the script runs its arguments`,
    },
  ];
}

/** EXPOSE is documentation: it counts where nothing else names the port. */
function portWarnings({ http, serve, variables }: Description, sources: Sources): Problem[] {
  const { ports, variables: own } = sources.dockerfile;
  if (!http || portOf(serve) !== undefined || ports.length === 0) return [];
  const isToldIt = Object.values(variables).some((value) =>
    pieces(value).some((piece) => typeof piece !== "string" && piece.name === "port"),
  );
  const texts = [...serve, ...Object.values(variables).flatMap(pieces), ...own.values(), ...sources.programs];
  const number = new RegExp(`\\b${http.port}\\b`);
  const isNamed = texts.some((text) => typeof text === "string" && number.test(text));
  if (isToldIt || isNamed || ports.some(({ port }) => port === http.port)) return [];
  const said = ports.map(({ port, line }) => `EXPOSE ${port} (${place(line)})`).join(", ");
  return [
    {
      key: "http.port",
      got: `${http.port}, while the image says ${said}`,
      allowed: "one port in both, since no command and no variable tells it to the service",
      fix: `port: ${ports[0]?.port}`,
    },
  ];
}

const MIGRATES = /\balembic\b.*\bupgrade\b/;

function migrationWarnings({ serve, migrations }: Description, sources: Sources): Problem[] {
  const entrypoint = sources.dockerfile.last("ENTRYPOINT")?.text ?? "";
  const runs = (words: readonly string[]) =>
    sources.files.find(
      (file) =>
        words.some((word) => word.endsWith(".sh") && basename(word) === basename(file)) &&
        MIGRATES.test(sources.text(file)),
    );
  const inEntrypoint = migrations ? undefined : runs(execForm(entrypoint) ?? entrypoint.split(/\s+/));
  const script = MIGRATES.test(serve.join(" ")) ? JSON.stringify(serve) : (runs(serve) ?? inEntrypoint);
  if (!script) return [];
  return [
    {
      key: migrations ? "serve" : "migrations.command",
      got: `${migrations ? "" : "nothing, while "}${script}${migrations ? ", which" : ""} migrates by alembic`,
      allowed:
        "a migration that runs once before the pods: each of them runs what serve says, several at a time",
      fix: 'command: ["alembic", "upgrade", "head"] in migrations, and no alembic in what serves',
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
