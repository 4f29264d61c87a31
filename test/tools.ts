// Checkers that others wrote, installed once outside the checkout, each version in a folder of its own.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder } from "../emulator/toolchain/toolchain.ts";

const repository = join(import.meta.dirname, "..");

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** @param seconds that it may take */
export function run(command: string, args: string[], env = {}, seconds = 300): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 30,
    timeout: seconds * 1000,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** With what it downloads, and compiles with cold caches. */
const INSTALL_SECONDS = 1500;

function install(command: string, args: string[], env = {}): void {
  const { status, stdout, stderr } = run(command, args, env, INSTALL_SECONDS);
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")} failed:\n${stdout}${stderr}`);
}

/** @returns the program of a Go module at a version, which the module proxy's checksums vouch for. */
export function goTool(module: string, version: string): string {
  const name = basename(module);
  const folder = join(cacheFolder, `${name}-${version}`);
  if (!existsSync(join(folder, name))) {
    mkdirSync(folder, { recursive: true });
    install("go", ["install", `${module}@${version}`], { GOBIN: folder, GOFLAGS: "" });
  }
  return join(folder, name);
}

/**
 * @param requirements the text of a requirements file that names all versions, those of dependencies included
 * @returns the folder of its programs
 */
export function pythonTools(name: string, requirements: string): string {
  const hash = createHash("sha256").update(requirements).digest("hex");
  const folder = join(cacheFolder, `${name}-${hash.slice(0, 16)}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    install("python3", ["-m", "venv", "--clear", folder]);
    writeFileSync(join(folder, "requirements.txt"), requirements);
    const from = ["--no-deps", "--requirement", join(folder, "requirements.txt")];
    install(join(folder, "bin", "pip"), ["install", "--quiet", ...from]);
    writeFileSync(complete, "");
  }
  return join(folder, "bin");
}
