// Compiles programs that only the Go module proxy has.
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { run } from "../engines/processes.ts";
import type { Part, Report } from "./toolchain.ts";

interface Program {
  package: string;
  /** Values of string variables, set by the linker. */
  variables?: Record<string, string>;
}

/** Runs the go command and returns the lines that it wrote; `onLine` sees each line of standard error. */
export function go(cwd: string, args: string[], onLine: () => void = () => undefined): Promise<string[]> {
  const child = spawn("go", args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
  });
  const output: string[] = [];
  const errors: string[] = [];
  createInterface(child.stdout).on("line", (line) => output.push(line));
  createInterface(child.stderr).on("line", (line) => {
    errors.push(line);
    onLine();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`go ${args[0]} failed:\n${errors.slice(-15).join("\n")}`)),
    );
  });
}

async function goVersion(): Promise<string> {
  const version = await run("go", ["version"]).catch(() => "no Go");
  const minor = Number(/go1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor < 25) {
    const why = "Go 1.25 or later compiles what package registries don't carry as binaries";
    throw new Error(`${why}; this machine has ${version.trim()}. Install it: https://go.dev/doc/install`);
  }
  return version;
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
    entry.isFile(),
  );
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/**
 * The programs of the Go module in a folder beside this file.
 * @param prepare puts what the module's source needs beside itself
 */
export function goModule(
  module: string,
  programs: Record<string, Program>,
  prepare: (source: string) => Promise<void> = async () => undefined,
): Pick<Part, "inputs" | "build"> {
  const folder = join(import.meta.dirname, module);
  return {
    inputs: async () => [
      await goVersion(),
      readFileSync(import.meta.filename, "utf8"),
      JSON.stringify(programs),
      ...filesBelow(folder).map((file) => readFileSync(file, "utf8")),
    ],
    build: async (target: string, report: Report) => {
      const source = join(target, "source");
      cpSync(folder, source, { recursive: true });
      report("downloading modules");
      await prepare(source);
      const packages = await go(source, [
        "list",
        "-deps",
        ...Object.values(programs).map((program) => program.package),
      ]);
      let compiled = 0;
      for (const [name, program] of Object.entries(programs)) {
        const variables = Object.entries(program.variables ?? {}).map(
          ([variable, value]) => `-X ${variable}=${value}`,
        );
        const flags = ["-v", "-ldflags", ["-s", "-w", ...variables].join(" ")];
        await go(source, ["build", ...flags, "-o", join(target, name), program.package], () => {
          compiled++;
          report(`${Math.min(compiled, packages.length)} of ${packages.length} packages`);
        });
      }
      rmSync(source, { recursive: true });
    },
  };
}
