import { join } from "node:path";
import type { Description } from "../description/description.ts";
import type { Problem } from "../settings/problem.ts";
import { quoted } from "../settings/problem.ts";
import { type BreakingStep, breakingSteps } from "./breaking-steps.ts";
import { readRevisions } from "./revisions.ts";

const KEY = "migrationAcknowledgedRevisions";

export interface MigrationSettings {
  image: { digest?: string };
  migration: { acknowledgedRevisions: readonly string[] };
}

export interface RevisionPlan {
  id: string;
  path: string;
  /** Steps that may break the running version; empty when it only expands. */
  breakingSteps: readonly BreakingStep[];
  isAcknowledged: boolean;
}

/** What this reads of a service's description. */
export type Described = Pick<Description, "source" | "migrations">;

/** Undefined where Alembic has nothing to do. */
function revisionsFolder({ source, migrations }: Described): string | undefined {
  return migrations?.tool === "alembic" ? join(source, migrations.revisions) : undefined;
}

/**
 * What the revisions do to the version that runs meanwhile. Nobody knows here which of them a database still lacks,
 * so all count.
 */
export function migrationPlan(
  { migration }: MigrationSettings,
  service: Described,
): { revisions: RevisionPlan[]; faults: string[] } {
  const folder = revisionsFolder(service);
  const { revisions, faults } = folder ? readRevisions(folder) : { revisions: [], faults: [] };
  return {
    faults,
    revisions: revisions.map((revision) => ({
      id: revision.id,
      path: revision.path,
      breakingSteps: breakingSteps(revision),
      isAcknowledged: migration.acknowledgedRevisions.includes(revision.id),
    })),
  };
}

export function migrationProblems(settings: MigrationSettings, service: Described): Problem[] {
  // A pinned image brings its own revisions; those of the source must not hold up a rollback.
  if (settings.image.digest) return [];
  const { revisions, faults } = migrationPlan(settings, service);
  const acknowledged = settings.migration.acknowledgedRevisions;
  const known = revisions.map(({ id }) => id);
  const unknown = faults.length > 0 ? [] : acknowledged.filter((id) => !known.includes(id));
  return [
    ...faults.map(fault),
    ...unknown.map((id) => misspelt(id, acknowledged.indexOf(id), known, revisionsFolder(service))),
    ...revisions
      .filter(({ breakingSteps, isAcknowledged }) => breakingSteps.length > 0 && !isAcknowledged)
      .map((revision, index) => refused(revision, acknowledged.length + index)),
  ];
}

function fault(got: string): Problem {
  return {
    key: "app's migrations",
    got,
    allowed:
      "Alembic revisions that form one chain, with `revision` and `down_revision` as plain texts, " +
      "one plain `upgrade()`, and imported names that nothing else sets",
    fix: "repair the revision; `alembic heads` and `alembic history` show the chain",
  };
}

function misspelt(
  id: string,
  index: number,
  known: string[],
  folder = "nowhere: the service has no Alembic",
): Problem {
  return {
    key: KEY,
    got: `${quoted(id)}, which is no revision`,
    allowed: `ids of ${folder}, in quotes: ${known.map((revision) => JSON.stringify(revision)).join(", ")}`,
    fix: `pulumi config rm --path '${KEY}[${index}]'`,
  };
}

function refused({ id, breakingSteps }: RevisionPlan, index: number): Problem {
  return {
    key: KEY,
    got: `revision ${id}, which may break the running version`,
    allowed: "revisions that only expand the schema, or that are acknowledged by their id",
    fix: `deploy first a version that can do without, then pulumi config set --path '${KEY}[${index}]' ${id}`,
    details: breakingSteps.map(({ place, operation, why }) => `${place}: ${operation}: ${why}`),
  };
}
