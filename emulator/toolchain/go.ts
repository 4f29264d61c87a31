// Compiles programs that only the Go module proxy has.
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

/** Of what compiles the module in `folder`: by GOTOOLCHAIN, Go may fetch the version that go.mod asks for. */
async function goVersion(folder: string): Promise<string> {
  const [, least = ""] = /^go (\S+)$/m.exec(readFileSync(join(folder, "go.mod"), "utf8")) ?? [];
  const [answer = ""] = await go(folder, ["version"]).catch((error: Error) => [error.message]);
  const [, version = "0"] = /^go version (?:devel )?go([\d.]+)/.exec(answer) ?? [];
  if (version.localeCompare(least, "en", { numeric: true }) < 0) {
    throw new Error(
      `Go ${least} or later compiles what package registries don't carry as binaries; \`go version\` says: ${answer}. ` +
        "Install it (https://go.dev/doc/install), or set GOTOOLCHAIN=auto: Go 1.21 and later fetch it then.",
    );
  }
  return answer;
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
      await goVersion(folder),
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
