// `npm test`: every check there is, each one even when another failed, and one line at the end.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, type Writable } from "node:stream";
import { prepare } from "../emulator/cli/set-up.ts";
import { dataPath, instanceEnvironment } from "../emulator/engines/instance.ts";
import { uv } from "./uv.ts";

const repository = dirname(import.meta.dirname);
const reports = mkdtempSync(join(tmpdir(), "fastapi-eks-reports-"));
const bin = (name: string): string => join(repository, "node_modules", ".bin", name);

interface Counts {
  passed: number;
  failed: number;
}

type Step = (output: Writable) => Promise<Counts>;

/** Runs a command; returns whether it succeeded. */
function execute([program = "", ...args]: string[], cwd: string, output: Writable): Promise<boolean> {
  const child = spawn(program, args, { cwd: join(repository, cwd), stdio: ["ignore", "pipe", "pipe"] });
  // Not piped: a command must not wait until its output's turn comes.
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.write(chunk));
  return new Promise((resolve) => {
    child.on("error", ({ message }) => {
      output.write(`${program} can't be run: ${message}\n`);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}

/** A check that passes or fails as a whole. */
const check =
  (command: string[], cwd = "."): Step =>
  async (output) =>
    (await execute(command, cwd, output)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** A test runner that writes its counts to a file; without one it failed as a whole. A skipped test failed as well. */
const suite =
  (command: string[], report: string, count: (text: string) => Counts, cwd = "."): Step =>
  async (output) => {
    const isGreen = await execute(command, cwd, output);
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { passed, failed } = count(readFileSync(report, "utf8"));
    return { passed, failed: isGreen ? failed : Math.max(failed, 1) };
  };

function vitest(config: string, reporter = "default"): Step {
  const report = join(reports, `${config.replaceAll("/", "-")}.json`);
  const reporters = [`--reporter=${reporter}`, "--reporter=json", `--outputFile=${report}`];
  const command = [
    process.execPath,
    bin("vitest"),
    "run",
    "--root",
    repository,
    "--config",
    config,
    ...reporters,
  ];
  return suite(command, report, (text) => {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text);
    return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests };
  });
}

function pytest(uvRun: string[]): Step {
  const report = join(reports, "pytest.xml");
  // Two processes: the tests wait for servers more than half of the time.
  const command = [...uvRun, "pytest", "--quiet", "--numprocesses=2", `--junitxml=${report}`];
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

const total: Counts = { passed: 0, failed: 0 };
const failures: string[] = [];

async function oneAfterTheOther(steps: Record<string, Step>, output: Writable): Promise<void> {
  for (const [name, step] of Object.entries(steps)) {
    const start = Date.now();
    output.write(`\n── ${name}\n`);
    const { passed, failed } = await step(output);
    const seconds = Math.round((Date.now() - start) / 1000);
    output.write(`── ${failed === 0 ? "ok" : "FAILED"} in ${seconds} s\n`);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) failures.push(name);
  }
  output.end();
}

/** What the lists say comes list by list: the first one's at once, the others' is kept until its turn. */
async function sideBySide(...lists: Record<string, Step>[]): Promise<void> {
  const outputs = lists.map(() => new PassThrough());
  const work = lists.map((steps, index) => oneAfterTheOther(steps, outputs[index] as PassThrough));
  for (const output of outputs) for await (const chunk of output) process.stdout.write(chunk);
  await Promise.all(work);
}

Object.assign(process.env, instanceEnvironment("test"));
console.log("\n── The emulator's parts (the first time about 15 minutes)");
await prepare();
process.env.UV_NO_PROGRESS = "1";
// Where the instance's link leads: the emulator's tests reset the instance while the service's run.
process.env.POSTGRES_BIN = realpathSync(dataPath("postgres", "bin"));
const uvRun = [uv(), "run", "--frozen"];
const python = [".", "../bench", "../components"];

console.log(
  "\n── Side by side: the program's tests, which you see first, and the service's (about 4 minutes)",
);
await sideBySide(
  { "The program, its checks and the emulated providers": vitest("test/vitest.config.ts") },
  {
    Types: check([process.execPath, bin("tsc"), "--noEmit"]),
    "Lint and format": check([bin("biome"), "ci", "--error-on-warnings"]),
    "The service: lint, and the benchmark's": check([...uvRun, "ruff", "check", ...python], "app"),
    "The service: format": check([...uvRun, "ruff", "format", "--check", ...python], "app"),
    "The service: types": check([...uvRun, "mypy"], "app"),
  },
  { "The service, on PostgreSQL": pytest(uvRun) },
);
// The emulators' requests come at a constant rate, and pods that get no CPU don't answer them in time: what runs beside
// them takes what they leave.
console.log("\n── Four emulators side by side, and what reads manifests (about 16 minutes)");
await sideBySide(
  { "The whole, on the emulator": vitest("test/emulator/vitest.config.ts", "verbose") },
  { "The manifests, by kube-score and checkov": vitest("test/manifests/vitest.config.ts") },
);

rmSync(reports, { recursive: true });
for (const name of failures) console.log(`\nFailed: ${name}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
