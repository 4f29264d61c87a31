// Another commit's files in a folder of their own, with this checkout's packages.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PlanError } from "./problem.ts";

/** Calls `use` with a folder that is gone afterwards. */
export async function withRevision<T>(
  revision: string,
  use: (root: string, commit: string) => Promise<T>,
): Promise<T> {
  const commit = findCommit(revision);
  const root = mkdtempSync(join(tmpdir(), "fastapi-eks-plan-"));
  try {
    const archive = git("archive", "--format=tar", commit);
    const unpacked = spawnSync("tar", ["-x", "-C", root], { input: archive.stdout });
    if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`git archive ${commit} failed`);
    // The real path, so that both programs talk to one and the same SDK.
    symlinkSync(resolve("node_modules"), join(root, "node_modules"));
    return await use(root, commit.slice(0, 10));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function findCommit(revision: string): string {
  const found = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  if (found.status === 0) return found.stdout.toString().trim();
  throw new PlanError("--against", {
    got: `${revision}, which this repository doesn't have`,
    allowed: "a branch, a tag or a commit that is here (a shallow clone has few)",
    fix: "git fetch origin main, then npm run plan -- dev --against origin/main",
  });
}

function git(...args: string[]) {
  return spawnSync("git", args, { maxBuffer: 1 << 30 });
}
