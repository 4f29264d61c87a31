// A stack's configuration as the engine would hand it to the program.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Config = Record<string, unknown>;

/** Pulumi.yaml's defaults under the stack's values, each as the string that a program gets. */
export function stackConfig(stack: string, root = "."): Record<string, string> {
  const { name, config = {} } = projectFile(root);
  const defaults = Object.entries(config).flatMap(([key, { default: usual, value }]) =>
    (value ?? usual) === undefined ? [] : [[key, value ?? usual]],
  );
  const own = (parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8"))?.config ?? {}) as Config;
  return { ...prefixed(Object.fromEntries(defaults), name), ...prefixed(own, name) };
}

/** Every key with its project, every value as a string. */
export function prefixed(config: Config, project: string): Record<string, string> {
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${project}:${key}`,
      text(value),
    ]),
  );
}

interface Project {
  name: string;
  config?: Record<string, { default?: unknown; value?: unknown }>;
}

export function projectFile(root = "."): Project {
  return parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as Project;
}
