import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PythonFile } from "./python.ts";
import type { Node } from "./tree.ts";

/** One of the service's Alembic revisions, read from its source. Nothing is run. */
export interface Revision {
  path: string;
  python: PythonFile;
  id: string;
  /** What it goes on from: one revision, several where branches are merged, none for the first. */
  after: readonly string[];
  upgrade: Node;
}

/** A folder's revisions, and the reasons why they can't be read or don't form one chain. */
export function readRevisions(folder: string): { revisions: Revision[]; faults: string[] } {
  if (!existsSync(folder)) return { revisions: [], faults: [`${folder}, which doesn't exist`] };
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".py") && !file.startsWith("__init__") && !file.startsWith(".#"))
    .sort();
  const read = files.map((file) => readRevision(join(folder, file)));
  const revisions = read.filter((result) => typeof result === "object");
  const faults = read.filter((result) => typeof result === "string");
  // A revision that can't be read looks like a gap in the chain.
  return { revisions, faults: faults.length > 0 ? faults : chainFaults(revisions, folder) };
}

function readRevision(path: string): Revision | string {
  const python = new PythonFile(readFileSync(path, "utf8"));
  const { brokenLine, ambiguity } = python;
  if (brokenLine !== undefined) return `${path}:${brokenLine}, which isn't Python that can be read`;
  if (ambiguity) return `${path}:${ambiguity.line}, which leaves open what \`${ambiguity.name}\` stands for`;
  const id = python.literal(python.assigned("revision"));
  if (typeof id !== "string") return `${path}, whose \`revision\` isn't a text that can be read, set once`;
  const after = python.literal(python.assigned("down_revision"));
  if (after === undefined || typeof after === "boolean")
    return `${path}, whose \`down_revision\` isn't None or texts that can be read, set once`;
  const upgrade = python.function("upgrade");
  if (!upgrade) return `${path}, which has no function \`upgrade\`, or more than one, or a decorated one`;
  return { path, python, id, after: after === null ? [] : [after].flat(), upgrade };
}

function chainFaults(revisions: Revision[], folder: string): string[] {
  if (revisions.length === 0) return [`${folder}, which holds no revision`];
  const ids = revisions.map(({ id }) => id);
  const twice = revisions.filter(({ id }, index) => ids.indexOf(id) !== index);
  const loose = revisions.filter(({ after }) => after.some((id) => !ids.includes(id)));
  const first = revisions.filter(({ after }) => after.length === 0);
  const heads = ids.filter((id) => !revisions.some(({ after }) => after.includes(id)));
  const faults = [
    ...twice.map(({ path, id }) => `${path}, whose revision ${id} another file has too`),
    ...loose.map(({ path, after }) => `${path}, which follows ${after.join(", ")}: not a revision`),
  ];
  if (first.length !== 1) faults.push(`${folder}, with ${first.length} first revisions${named(first)}`);
  if (heads.length !== 1) faults.push(`${folder}, with ${heads.length} heads${listed(heads)}`);
  return faults;
}

const named = (revisions: Revision[]) => listed(revisions.map(({ id }) => id));
const listed = (ids: string[]) => (ids.length > 0 ? `: ${ids.join(", ")}` : "");
