// Entry point of the npm scripts. Runs on whatever Node the machine has: it installs the packages, and goes on with theirs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const repository = dirname(import.meta.dirname);
const packages = join(repository, "node_modules");
const stamp = join(packages, ".installed");
const lock = createHash("sha256")
  .update(readFileSync(join(repository, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.log("Installing npm packages (about a minute) …");
  const installed = spawnSync(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"],
    {
      cwd: repository,
      stdio: "inherit",
    },
  );
  if (installed.status !== 0) process.exit(installed.status ?? 1);
  writeFileSync(stamp, lock);
}

// Ctrl+C reaches the command as well, which ends in good order: Pulumi finishes what it has begun.
process.on("SIGINT", () => undefined);

const bin = join(packages, ".bin");
const node = existsSync(join(bin, "node")) ? join(bin, "node") : process.execPath;
const [script, ...args] = process.argv.slice(2);
const result = spawnSync(node, [join(repository, script), ...args], {
  cwd: repository,
  stdio: "inherit",
  env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
});
process.exit(result.status ?? 1);
