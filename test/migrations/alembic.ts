import type { Described } from "../../migrations/check.ts";

/** A service whose revisions are in this folder. */
export const alembicIn = (folder: string): Described => ({
  source: folder,
  migrations: { command: ["alembic", "upgrade", "head"], tool: "alembic", revisions: "." },
});
