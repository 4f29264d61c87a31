// The words of containerd, Python, Alembic and kubelets, and which field of the description each is about.
import type { Problem } from "../settings/problem.ts";
import type { Description } from "./description.ts";

/** What a container was started with. */
export type Command = "serve" | "migrations.command";

export interface Rule {
  pattern: RegExp;
  /** Made from the pattern's groups. Undefined if the description isn't to blame after all. */
  cause: (groups: string[], service: Description, command: Command) => Problem | undefined;
}

/** For what Kubernetes says of a container that can't start. */
export const starting: readonly Rule[] = [
  {
    pattern: /exec: "([^"]+)": (?:executable file not found|stat .*: no such file|no such file)/,
    cause: ([program = ""], _, command) => ({
      key: command,
      got: `"${program}", which isn't in the image`,
      allowed: "a program on the image's PATH, its arguments as texts of their own",
      fix: `correct it, or let the Dockerfile install ${program}`,
    }),
  },
  {
    pattern: /exec: "([^"]+)": (?:stat .*: )?permission denied/,
    cause: ([program = ""], _, command) => ({
      key: command,
      got: `"${program}", which user 10001 may not run`,
      allowed: "a program that everybody may run: pods don't run as root",
      fix: `in the Dockerfile: RUN chmod a+rx ${program}`,
    }),
  },
];

/** For the last words of a container that has ended. */
export const ending: readonly Rule[] = [
  {
    // Rust words it like this, and so does uv (astral-sh/uv#17521). Its cache isn't a folder of the service.
    pattern: /Read-only file system \(os error 30\b/,
    cause: (_, service, command) => {
      const shown = JSON.stringify(words(service, command));
      if (!/\buv\b/.test(shown)) return undefined;
      return {
        key: command,
        got: `${shown}, of which uv writes into the image`,
        allowed: "a command that writes to /tmp alone: the rest of the image is read-only",
        fix: "the program itself instead of uv run, such as /app/.venv/bin/…",
      };
    },
  },
  {
    // Python's words, and those of a shell and its commands.
    pattern: /\[Errno 30\] Read-only file system: '([^'\n]+)'|[ '‘](\/[^'’\n:]+)['’]?: Read-only file system/,
    cause: ([python, shell]) => ({
      key: "writes",
      got: `nothing that holds ${python ?? shell}, where the service writes`,
      allowed: "every folder that it writes to besides /tmp: the rest of the image is read-only",
      fix: "add the folder, which is empty when a pod starts, or let the service write to /tmp",
    }),
  },
  {
    pattern: /\[Errno 13\] Permission denied: '([^'\n]+)'|[ '‘](\/[^'’\n:]+)['’]?: Permission denied/,
    cause: ([python, shell]) => ({
      key: "source",
      got: `an image that keeps ${python ?? shell} from user 10001`,
      allowed: "files that everybody may read: pods don't run as root",
      fix: "RUN chmod -R a+rX … in the Dockerfile; a folder that it writes to belongs into writes",
    }),
  },
  {
    pattern: /sqlite3\.OperationalError\)?:? unable to open database file/,
    cause: (_, { database }) =>
      database === "sqlite"
        ? {
            key: "variables",
            got: "a file that SQLite can't open",
            allowed: "the file of known.database.file: the rest of the image is read-only",
            fix: "a variable with known.database.file, and a service that opens what it says",
          }
        : undefined,
  },
  {
    pattern: /\bsh: (?:line )?\d+: ([\w./-]+): (?:command )?not found/,
    cause: ([program], _, command) => ({
      key: command,
      got: `a shell that doesn't find ${program}`,
      allowed: "programs on the image's PATH",
      fix: `correct it, or let the Dockerfile install ${program}`,
    }),
  },
  {
    pattern: /Could not import module "([^"]+)"/,
    cause: ([module], _, command) => ({
      key: command,
      got: `${module}, which Python doesn't find`,
      allowed: "a module in the image's WORKDIR, on its PYTHONPATH or installed",
      fix: "correct what stands before the colon",
    }),
  },
  {
    pattern: /Attribute "([^"]+)" not found in module "([^"]+)"/,
    cause: ([object, module], _, command) => ({
      key: command,
      got: `${module}:${object}, which that module doesn't have`,
      allowed: "the FastAPI object's name in its module",
      fix: "correct what follows the colon",
    }),
  },
  {
    pattern: /No module named '?([\w.]+)/,
    cause: ([module = ""], service, command) => {
      const isInCommand = words(service, command).some(
        (word) => word.split(/[.:]/)[0] === module.split(".")[0],
      );
      return {
        key: isInCommand ? command : "source",
        got: `${isInCommand ? "" : "an image without "}${module}${isInCommand ? ", which Python doesn't find" : ""}`,
        allowed: "modules in the image's WORKDIR, on its PYTHONPATH or installed",
        fix: isInCommand ? "correct it" : "add what it belongs to to the project's dependencies",
      };
    },
  },
  {
    // Alembic, argparse and click.
    pattern:
      /No 'script_location' key|No config file '([^']+)'|invalid choice: '([^']+)'|No such (?:command|option):? '?([\w-]+)|unrecognized arguments: (\S+)/,
    cause: (groups, service, command) => {
      const refused = groups.find((group) => group);
      return {
        key: command,
        got: `${JSON.stringify(words(service, command))}, ${refused ? `of which the program refuses ${refused}` : "which finds no settings of Alembic"}`,
        allowed: "a command that its program takes, in the image's WORKDIR",
        fix: refused ? "correct it" : "alembic -c …, or let the Dockerfile copy alembic.ini into its WORKDIR",
      };
    },
  },
  {
    pattern: /KeyError: '([A-Z][A-Z0-9_]+)'/,
    cause: ([name = ""], service) => (name in service.variables ? undefined : unset(name)),
  },
  {
    // pydantic-settings names its fields, not the variables.
    pattern: /validation errors? for \w+\n(\w+)\n +Field required/,
    cause: ([field = ""], { variables }) => ({
      ...unset(`${sharedPrefix(Object.keys(variables))}${field.toUpperCase()}`),
      got: `no variable for the field ${field} of its settings`,
      allowed: "every variable that it needs, with the settings' env_prefix in front",
    }),
  },
];

const words = ({ serve, migrations }: Description, command: Command): readonly string[] =>
  command === "serve" ? serve : (migrations?.command ?? []);

/** The prefix that all names share, if there are several: `APP_` of APP_NAME and APP_DATABASE_HOST. */
function sharedPrefix([first = "", ...others]: readonly string[]): string {
  const [prefix = ""] = /^[A-Z0-9]+_/.exec(first) ?? [];
  return others.length > 0 && others.every((name) => name.startsWith(prefix)) ? prefix : "";
}

function unset(name: string): Problem {
  return {
    key: "variables",
    got: `no ${name}, which the service can't do without`,
    allowed: "every variable that it needs",
    fix: `${name}: …, a text or one of the values in description/known.ts`,
  };
}

/** For what a probe was answered. */
export const probing: readonly Rule[] = [
  {
    pattern: /(Startup|Liveness|Readiness) probe failed: HTTP probe failed with statuscode: (\d+)/,
    cause: ([probe, status = ""], { http }) => {
      const field = probe === "Readiness" ? "readiness" : "liveness";
      const fix: Record<string, string> = {
        404: "the path of one of its routes",
        // Kubelets send the pod's address as the host.
        400: "let it answer this path whatever the Host header says",
        401: "let it answer this path without a login",
        403: "let it answer this path without a login",
      };
      if (!http || !fix[status]) return undefined;
      return {
        key: `http.${field}`,
        got: `${http[field]}, which the service answers with ${status}`,
        allowed: `a path that answers 200 while ${field === "readiness" ? "requests can be served" : "the process is alive"}`,
        fix: fix[status],
      };
    },
  },
];
