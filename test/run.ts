// `npm test`: every check there is, each one even when another failed, and one line at the end.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dataPath, instanceEnvironment } from "../emulator/engines/instance.ts";
import { postgres } from "../emulator/toolchain/parts.ts";
import { provide } from "../emulator/toolchain/toolchain.ts";
import { uv, uvInstallation } from "./uv.ts";

const repository = dirname(import.meta.dirname);
const reports = mkdtempSync(join(tmpdir(), "fastapi-eks-reports-"));
const bin = (name: string): string => join(repository, "node_modules", ".bin", name);

interface Counts {
  passed: number;
  failed: number;
}

function execute(command: string[], cwd = "."): boolean {
  const [program = "", ...args] = command;
  const env = { ...process.env, POSTGRES_BIN: dataPath("postgres", "bin"), UV_NO_PROGRESS: "1" };
  const { status, error } = spawnSync(program, args, { cwd: join(repository, cwd), stdio: "inherit", env });
  if (error) console.error(`${program} can't be run: ${error.message}`);
  return status === 0;
}

/** A check that passes or fails as a whole. */
const check =
  (command: string[], cwd?: string): (() => Counts) =>
  () =>
    execute(command, cwd) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** A test runner that writes its counts to a file; without one it failed as a whole. A skipped test failed as well. */
const suite =
  (command: string[], report: string, count: (text: string) => Counts, cwd?: string): (() => Counts) =>
  () => {
    const isGreen = execute(command, cwd);
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { passed, failed } = count(readFileSync(report, "utf8"));
    return { passed, failed: isGreen ? failed : Math.max(failed, 1) };
  };

/** The tests of a configuration, or of its files whose path has `filter` in it. */
function vitest(config: string, filter = ""): () => Counts {
  const report = join(reports, `${config.replaceAll("/", "-")}-${filter}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
  const command = [
    process.execPath,
    bin("vitest"),
    "run",
    "--root",
    repository,
    "--config",
    config,
    ...reporters,
    ...(filter ? [filter] : []),
  ];
  return suite(command, report, (text) => {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text);
    return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests };
  });
}

function pytest(): () => Counts {
  const report = join(reports, "pytest.xml");
  const command = [uv, "run", "--frozen", "pytest", "--quiet", `--junitxml=${report}`];
  const number = (text: string, name: string) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1]);
  return suite(
    command,
    report,
    (text) => {
      const failed = number(text, "errors") + number(text, "failures") + number(text, "skipped");
      return { passed: number(text, "tests") - failed, failed };
    },
    "app",
  );
}

const ruff = [uv, "run", "--frozen", "ruff"];
/** The benchmark's too. */
const python = [".", "../bench"];

const steps: Record<string, () => Counts> = {
  Types: check([process.execPath, bin("tsc"), "--noEmit"]),
  "Lint and format": check([bin("biome"), "ci", "--error-on-warnings"]),
  "The program, its checks and the emulated providers": vitest("test/vitest.config.ts"),
  "The manifests, by kube-score": vitest("test/manifests/vitest.config.ts", "kube-score"),
  "The manifests, by checkov": vitest("test/manifests/vitest.config.ts", "checkov"),
  "uv, for the service": () =>
    uvInstallation().every((command) => execute(command))
      ? { passed: 0, failed: 0 }
      : { passed: 0, failed: 1 },
  "The service: lint": check([...ruff, "check", ...python], "app"),
  "The service: format": check([...ruff, "format", "--check", ...python], "app"),
  "The service: types": check([uv, "run", "--frozen", "mypy"], "app"),
  "The service, on PostgreSQL (about two minutes)": pytest(),
  "The whole, on the emulator (about 15 minutes; the first time as much again to compile its parts)": vitest(
    "test/emulator/vitest.config.ts",
  ),
};

Object.assign(process.env, instanceEnvironment("test"));
await provide(postgres, () => undefined);

const total: Counts = { passed: 0, failed: 0 };
const failures: string[] = [];
for (const [name, step] of Object.entries(steps)) {
  const start = Date.now();
  console.log(`\n── ${name}`);
  const { passed, failed } = step();
  console.log(`── ${failed === 0 ? "ok" : "FAILED"} in ${Math.round((Date.now() - start) / 1000)} s`);
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) failures.push(name);
}
rmSync(reports, { recursive: true });
for (const name of failures) console.log(`\nFailed: ${name}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
