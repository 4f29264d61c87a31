// Entry point of the npm scripts. Runs on whatever Node the machine has: it installs the packages, and goes on with theirs.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

// Older ones don't have `import.meta.dirname`.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  console.error(
    `Node ${process.versions.node} can't start this; it takes Node 20.11 or later. ` +
      "Get one from https://nodejs.org/en/download, or by `nvm install --lts`.",
  );
  process.exit(1);
}

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

const bin = join(packages, ".bin");
const node = existsSync(join(bin, "node")) ? join(bin, "node") : process.execPath;
const [script, ...args] = process.argv.slice(2);
const command = spawn(node, [join(repository, script), ...args], {
  cwd: repository,
  stdio: "inherit",
  env: {
    // Dozens of processes load the same packages: each takes what the first one has compiled.
    NODE_COMPILE_CACHE: join(packages, ".cache", "node"),
    ...process.env,
    PATH: [bin, process.env.PATH].join(delimiter),
  },
});
command.on("exit", (status) => process.exit(status ?? 1));

// The command ends in good order: Pulumi finishes what it has begun. Ctrl+C reaches it by itself.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => command.kill("SIGTERM"));
