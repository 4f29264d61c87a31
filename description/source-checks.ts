// Refuses a description that can't work with what is in the source folder.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../settings/problem.ts";
import { commandProblems } from "./command-checks.ts";
import type { Description } from "./description.ts";
import { execForm, place } from "./dockerfile.ts";
import { located } from "./line.ts";
import { sourceWarnings } from "./source-warnings.ts";
import { Sources } from "./sources.ts";

/**
 * Warnings about what probably won't work, or not as somebody might think: sources don't tell everything.
 * @throws one error that names everything that can't work
 */
export function checkSources(service: Description): string[] {
  const problems = sourceProblems(service);
  const shown = (problem: Problem) => located(problem, service.name);
  if (problems.length === 0) return sourceWarnings(service, new Sources(service.source)).map(shown);
  const title = `Descriptions in service.ts that don't fit their sources: ${problems.length}`;
  throw new pulumi.RunError([title, ...problems.map(shown)].join("\n  "));
}

/** What can't work. */
export function sourceProblems(service: Description): Problem[] {
  const missing = missingSources(service.source);
  if (missing) return [missing];
  const sources = new Sources(service.source);
  return [
    ...revisionProblems(service, sources),
    ...hiddenFiles(service, sources),
    ...commandProblems(service, sources),
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
            got: `${folder}, where the image has ${hidden.path} (${place(hidden.line)})`,
            allowed:
              "folders that the image keeps nothing in: they are empty when a pod starts, and hide what was there",
            fix: "a folder of its own, or another place in the Dockerfile",
          },
        ]
      : [];
  });
}
