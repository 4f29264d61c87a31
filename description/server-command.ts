// What a command says of the server that it starts.
import { basename } from "node:path";

/** Servers that take `module:object`, and a port by these options. */
const SERVER = /^(uvicorn|gunicorn|hypercorn|granian|fastapi)$/;

/** The server that a command starts. Behind anything else, a script may add options that nobody sees. */
export function serverOf([program = "", ...words]: readonly string[]): string | undefined {
  const isBehind =
    (/^python[\d.]*$/.test(basename(program)) && words[0] === "-m") || /^(uv|poetry)$/.test(program);
  const name = isBehind ? words[1] : basename(program);
  return name && SERVER.test(name) ? name : undefined;
}

/** What a command gives to an option, as often as it does. */
export function options(command: readonly string[], ...names: string[]): string[] {
  return command.flatMap((word, index) => {
    if (names.includes(word)) return command.slice(index + 1, index + 2);
    const name = names.find((name) => word.startsWith(name.startsWith("--") ? `${name}=` : name));
    return name ? [word.slice(name.length).replace(/^=/, "")] : [];
  });
}

/** The port that a command names itself, if it is one. */
export function portOf(command: readonly string[]): number | undefined {
  const bound = options(command, "--bind", "-b").map((address) => address.replace(/^.*:/, ""));
  const [given = "", ...others] = [...options(command, "--port"), ...bound];
  return serverOf(command) && /^\d+$/.test(given) && others.length === 0 ? Number(given) : undefined;
}

/** Where a command says that its server listens, without ports. */
export function hostsOf(command: readonly string[]): string[] {
  const bound = options(command, "--bind", "-b").map((address) => address.replace(/:\d+$/, ""));
  return [...options(command, "--host"), ...bound];
}

/** `module:object` of a server, as far as the module is in the sources. */
export function target(command: readonly string[]): [module: string, object: string] | undefined {
  const found = command.slice(1).map((word) => /^([A-Za-z_][\w.]*):([A-Za-z_]\w*)(\(.*\))?$/.exec(word));
  const [, module, object] = found.find((match) => match) ?? [];
  return serverOf(command) && module && object ? [module, object] : undefined;
}
