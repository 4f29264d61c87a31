// Why a pod isn't well, as far as its description is to blame for it.
import type { Problem } from "../settings/problem.ts";
import type { Description } from "./description.ts";

/** What a cluster knows of a pod's container. */
export interface PodReport {
  /** Why it waits, and how it ended, now and before. */
  states: readonly string[];
  /** Whether it ended at least once. */
  hasEnded: boolean;
  /** Warnings of the kubelet, and for how long it has repeated them. */
  events: readonly { message: string; seconds: number }[];
  /** The beginning of what it wrote. */
  log: string;
}

/** What a container was started with. */
export type Command = "serve" | "migrations.command";

interface Rule {
  pattern: RegExp;
  /** Of what the pattern's groups hold; none if that isn't the description's fault after all. */
  cause: (groups: string[], service: Description, command: Command) => Problem | undefined;
}

const starting: readonly Rule[] = [
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

const ending: readonly Rule[] = [
  {
    // Rust's words, which are uv's (astral-sh/uv#17521): its cache and its environment are no folders of the service.
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

/** `APP_` of APP_NAME and APP_DATABASE_HOST: what all names begin with, if there are several. */
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

const probing: readonly Rule[] = [
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

const REFUSED = /probe failed: .*connect: connection refused/;
const ANSWERED = /probe failed: HTTP probe failed/;
/** Nobody is there yet while a service starts. */
const PATIENCE_SECONDS = 20;

/** The address in what uvicorn, gunicorn and hypercorn say once they listen. */
const LISTENING = /(?:running on|Listening at:?) https?:\/\/([\w.[\]:]+):(\d+)/i;

/** What to change in the description; nothing where it isn't to blame. */
export function causes(service: Description, command: Command, pods: readonly PodReport[]): Problem[] {
  const states = pods.flatMap((pod) => pod.states).join("\n");
  const logs = (seen: readonly PodReport[]) => seen.map(({ log }) => log).join("\n");
  const events = pods.flatMap((pod) => pod.events);
  const apply = (rules: readonly Rule[], text: string) =>
    rules.flatMap(({ pattern, cause }) => {
      const match = pattern.exec(text);
      return (match && cause(match.slice(1), service, command)) ?? [];
    });
  const isClosed =
    events.some(({ message, seconds }) => REFUSED.test(message) && seconds >= PATIENCE_SECONDS) &&
    !events.some(({ message }) => ANSWERED.test(message));
  const found = [
    apply(starting, states),
    // What runs on may say the like of something that it can do without.
    apply(ending, `${states}\n${logs(pods.filter(({ hasEnded }) => hasEnded))}`),
    apply(probing, events.map(({ message }) => message).join("\n")),
    isClosed ? nothingListens(service, logs(pods)) : [],
  ];
  return found.find((problems) => problems.length > 0) ?? [];
}

/** Why nobody answers at the port, by what the service itself says about where it listens. */
function nothingListens({ http, serve }: Description, logs: string): Problem[] {
  if (!http) return [];
  const allowed = "the port that the service listens at, at every address of its pod";
  const [, host = "", port] = LISTENING.exec(logs) ?? [];
  if (!port) {
    const fix = "the port in the command or in the Dockerfile's EXPOSE; the service's log says nothing of it";
    return [{ key: "http.port", got: `${http.port}, where nothing listens`, allowed, fix }];
  }
  if (Number(port) !== http.port) {
    const got = `${http.port}, while the service listens at ${port}`;
    return [{ key: "http.port", got, allowed, fix: `port: ${port}` }];
  }
  // It listens, but so late that no probe has waited for it.
  if (!/^(127\.|localhost)/.test(host)) return [];
  const got = `${JSON.stringify(serve)}, which listens at ${host}, where only its own container reaches it`;
  return [{ key: "serve", got, allowed, fix: "let it listen at 0.0.0.0, for uvicorn by --host 0.0.0.0" }];
}
