// The emulator's state: one file a resource. A file is written whole or not at all, so no lock is needed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataPath } from "../engines/instance.ts";
import { AwsError } from "./errors.ts";

export interface Identified {
  id: string;
}

export interface Table<T extends Identified> {
  get(id: string): T | undefined;
  /** The resource, or AWS' error that it doesn't exist. */
  expect(id: string): T;
  list(): T[];
  find(matches: (resource: T) => boolean): T | undefined;
  put(resource: T): void;
  remove(id: string): void;
}

/** File names end at 255 bytes, ids (with ARNs in them) don't. */
function fileName(id: string): string {
  const name = encodeURIComponent(id);
  return `${name.length <= 200 ? name : createHash("sha256").update(id).digest("hex")}.json`;
}

/** The resources under `paths` that mention `value`, as `<type> <id>`. */
function usersOf(value: string, paths: string[]): string[] {
  return paths.flatMap((path) => {
    const mentions = table<Identified>(path, { code: "", noun: path }).list();
    const users = mentions.filter((resource) => JSON.stringify(resource).includes(JSON.stringify(value)));
    return users.map((resource) => `${path.split("/")[1]} ${resource.id}`);
  });
}

/** Refuses to delete what something under `paths` uses. */
export function refuseWhileUsed(
  id: string,
  paths: string[],
  noun: string,
  code = "DependencyViolation",
): void {
  const users = usersOf(id, paths);
  if (users.length === 0) return;
  throw new AwsError(code, `The ${noun} '${id}' has dependencies and cannot be deleted: ${users.join(", ")}`);
}

/** Resources of one type; `path` is `<service>/<type>`, `notFound` AWS' error for an id that isn't there. */
export function table<T extends Identified>(
  path: string,
  notFound: { code: string; noun: string },
): Table<T> {
  const folder = () => dataPath("aws", path);
  const file = (id: string) => join(folder(), fileName(id));
  const load = (name: string): T => JSON.parse(readFileSync(name, "utf8"));
  const resources: Table<T> = {
    get: (id) => (existsSync(file(id)) ? load(file(id)) : undefined),
    expect(id) {
      const resource = resources.get(id);
      if (!resource) throw new AwsError(notFound.code, `The ${notFound.noun} '${id}' does not exist`);
      return resource;
    },
    list() {
      if (!existsSync(folder())) return [];
      return readdirSync(folder())
        .filter((name) => name.endsWith(".json"))
        .map((name) => load(join(folder(), name)));
    },
    find: (matches) => resources.list().find(matches),
    put(resource) {
      mkdirSync(folder(), { recursive: true });
      const draft = `${file(resource.id)}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(resource, undefined, 2));
      renameSync(draft, file(resource.id));
    },
    remove: (id) => rmSync(file(id), { force: true }),
  };
  return resources;
}
