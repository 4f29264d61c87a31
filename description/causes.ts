// Why a pod isn't well, as far as its description is to blame for it.
import { dirname } from "node:path";
import type { Problem } from "../checks/parse.ts";
import type { Description } from "./description.ts";

/** What a cluster knows of a pod's container. */
export interface Sight {
  /** Why it waits, and how it ended, now and before. */
  states: readonly string[];
  /** Warnings of the kubelet, oldest first. */
  events: readonly string[];
  /** The beginning of what it wrote, and the end if that is known. */
  log: string;
}

/** What a container was started with. */
export type Command = "serve" | "migrations.command";

interface Rule {
  pattern: RegExp;
  /** Of what the pattern's groups hold; none if that isn't the description's fault after all. */
  cause: (groups: string[], service: Description, command: Command) => Problem | undefined;
}

/** Where a path can't be written or read, what the image may do about it. */
const READABLE = "in the Dockerfile: RUN chmod -R a+rX …";

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
    // Python's words, and those of a shell's commands.
    pattern: /\[Errno 30\] Read-only file system: '([^'\n]+)'|[ '‘](\/[^'’\n:]+)['’]?: Read-only file system/,
    cause: ([python, shell]) => {
      const path = python ?? shell ?? "";
      return {
        key: "writes",
        got: `nothing that holds ${path}, where the service writes`,
        allowed: "every folder that it writes to besides /tmp: the rest of the image is read-only",
        fix: `writes: ["${path.startsWith("/") ? dirname(path) : "/…"}"], or let it write to /tmp`,
      };
    },
  },
  {
    pattern: /\[Errno 13\] Permission denied: '([^'\n]+)'|[ '‘](\/[^'’\n:]+)['’]?: Permission denied/,
    cause: ([python, shell]) => ({
      key: "source",
      got: `an image that keeps ${python ?? shell} from user 10001`,
      allowed: "files that everybody may read: pods don't run as root",
      fix: `${READABLE}; a folder that it writes to belongs into writes`,
    }),
  },
  {
    pattern: /Could not import module "([^"]+)"/,
    cause: ([module], _, command) => ({
      key: command,
      got: `${module}, which can't be imported`,
      allowed: "a module on the image's PYTHONPATH, and what it imports installed",
      fix: "correct it; the log's end says what is missing",
    }),
  },
  {
    pattern: /Attribute "([^"]+)" not found in module "([^"]+)"/,
    cause: ([attribute, module], _, command) => ({
      key: command,
      got: `${module}:${attribute}, which that module doesn't have`,
      allowed: "the FastAPI object's name in its module",
      fix: "correct what follows the colon",
    }),
  },
  {
    pattern: /No (?:such command|'script_location' key|config file) ?'?([\w./-]*)'?/,
    cause: ([what], service, command) => {
      const given = command === "serve" ? service.serve : (service.migrations?.command ?? []);
      return {
        key: command,
        got: `${JSON.stringify(given)}, which its own program refuses${what ? ` (${what})` : ""}`,
        allowed: "a command that runs in the image's WORKDIR",
        fix: "correct it, or let the Dockerfile copy the file that it reads",
      };
    },
  },
  {
    pattern: /KeyError: '([A-Z][A-Z0-9_]+)'/,
    cause: ([name = ""], service) =>
      name in service.variables
        ? undefined
        : {
            key: "variables",
            got: `no ${name}, which the service reads`,
            allowed: "every variable that it can't do without",
            fix: `${name}: …, with one of the values in description/known.ts`,
          },
  },
];

const probing: readonly Rule[] = [
  {
    pattern: /probe failed: .*connect: connection refused/,
    cause: (_, { http }) =>
      http && {
        key: "http.port",
        got: `${http.port}, where nothing listens`,
        allowed: "the port that the service listens on, at 0.0.0.0",
        fix: "what the log or the Dockerfile's EXPOSE says",
      },
  },
  {
    pattern: /(Startup|Liveness|Readiness) probe failed: HTTP probe failed with statuscode: (\d+)/,
    cause: ([probe, status], { http }) => {
      const field = probe === "Readiness" ? "readiness" : "liveness";
      if (!http) return undefined;
      const got = `${http[field]}, which the service answers with ${status}`;
      const allowed = `a path that answers 200 ${field === "readiness" ? "while requests can be served" : "while the process is alive"}`;
      const key = `http.${field}`;
      if (status === "404") return { key, got, allowed, fix: "the path of one of its routes" };
      // Kubelets send the pod's address as the host.
      if (status === "400")
        return { key, got, allowed, fix: "let it answer these paths whatever the Host header says" };
      if (status === "401" || status === "403")
        return { key, got, allowed, fix: "let it answer these paths without a login" };
      return undefined;
    },
  },
];

/** The address in what uvicorn, gunicorn and hypercorn say once they listen. */
const LISTENING = /(?:running on|Listening at:?) https?:\/\/([\w.[\]:]+):(\d+)/i;

/** What to change in the description, most likely first; nothing where it isn't to blame. */
export function causes(service: Description, command: Command, pods: readonly Sight[]): Problem[] {
  const found = [
    apply(starting, (pod) => pod.states),
    apply(ending, (pod) => [...pod.states, pod.log]),
    apply(probing, (pod) => pod.events),
  ].find((problems) => problems.length > 0);
  return (found ?? []).map((problem) =>
    problem.key === "http.port" ? listening(problem, service, pods) : problem,
  );

  function apply(rules: readonly Rule[], texts: (pod: Sight) => readonly string[]): Problem[] {
    const text = pods.flatMap(texts).join("\n");
    const problems = rules.flatMap(({ pattern, cause }) => {
      const match = pattern.exec(text);
      return (match && cause(match.slice(1), service, command)) ?? [];
    });
    // Each key once: the first is the cause, others are what follows from it.
    return problems.filter(({ key }, index) => problems.findIndex((other) => other.key === key) === index);
  }
}

/** The same, with what the service itself says about where it listens. */
function listening(problem: Problem, { http }: Description, pods: readonly Sight[]): Problem {
  const [, host, port] = LISTENING.exec(pods.map(({ log }) => log).join("\n")) ?? [];
  if (!port) return problem;
  if (Number(port) === http?.port) {
    return {
      ...problem,
      key: "serve",
      got: `a command that listens at ${host}:${port}, where only its own container reaches it`,
      fix: "let it listen at 0.0.0.0 (uvicorn: --host 0.0.0.0)",
    };
  }
  return { ...problem, got: `${http?.port}, while the service listens at ${port}`, fix: `http.port ${port}` };
}
