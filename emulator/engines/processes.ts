// Long-running processes of the emulator, known by their recorded pid and never by name.
import { execFile, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { dataPath } from "./instance.ts";

const execute = promisify(execFile);

export interface Running {
  pid: number;
  /** In clock ticks since boot: with the pid it names one process, also after pids were used again. */
  startTime: string;
}

/** Runs a command to its end and returns its standard output; the error of a failed one carries its output. */
export async function run(
  command: string,
  args: string[],
  options: { input?: string; env?: NodeJS.ProcessEnv } = {},
) {
  const child = execute(command, args, { maxBuffer: 64 << 20, env: options.env ?? process.env });
  // A command may end without having read its input.
  child.child.stdin?.on("error", () => undefined).end(options.input ?? "");
  try {
    return (await child).stdout;
  } catch (error) {
    const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string };
    throw new Error(`\`${[command, ...args].join(" ")}\` failed: ${(stderr || stdout || message).trim()}`);
  }
}

const recordFile = (name: string): string => dataPath("run", `${name}.json`);

const logFile = (name: string): string => dataPath("log", `${name}.log`);

/** Fields of /proc/<pid>/stat from the third on: the second may hold spaces and parentheses. */
function processStatus(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function startTimeOf(pid: number): string | undefined {
  const status = processStatus(pid);
  return status?.[0] === "Z" ? undefined : status?.[19];
}

/** True when `record` still names a living process. */
export const isAlive = (record: Running): boolean => startTimeOf(record.pid) === record.startTime;

export const identify = (pid: number): Running => ({ pid, startTime: startTimeOf(pid) ?? "" });

function recorded(name: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(name), "utf8"));
  } catch {
    // There is none, or a kill cut it short.
    return undefined;
  }
}

/** Undefined when it was never started, or has been stopped. */
export const pidOf = (name: string): number | undefined => recorded(name)?.pid;

export function isRunning(name: string): boolean {
  const record = recorded(name);
  return record !== undefined && isAlive(record);
}

export const runningNames = (): string[] =>
  existsSync(dataPath("run")) ? readdirSync(dataPath("run")).map((file) => file.replace(/\.json$/, "")) : [];

/** Starts a process that outlives this one; nothing happens when it is running already. Returns its pid. */
export function startProcess(
  name: string,
  command: string,
  args: string[],
  options: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv } = {},
): number {
  const record = recorded(name);
  if (record && isAlive(record)) return record.pid;
  mkdirSync(dataPath("run"), { recursive: true });
  mkdirSync(dataPath("log"), { recursive: true });
  const log = openSync(logFile(name), "w", 0o600);
  const child = spawn(command, args, { detached: true, stdio: ["ignore", log, log], cwd: "/", ...options });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  child.unref();
  writeFileSync(recordFile(name), JSON.stringify(identify(child.pid)));
  return child.pid;
}

/** Asks a process to end, and ends it after `graceSeconds`. */
export async function stopProcess(
  name: string,
  signal: NodeJS.Signals = "SIGTERM",
  graceSeconds = 10,
): Promise<void> {
  const record = recorded(name);
  if (record && isAlive(record)) {
    process.kill(record.pid, signal);
    for (let waited = 0; isAlive(record) && waited < graceSeconds * 1000; waited += 50) await sleep(50);
    if (isAlive(record)) process.kill(record.pid, "SIGKILL");
    while (isAlive(record)) await sleep(20);
  }
  rmSync(recordFile(name), { force: true });
}

/** The last lines that a process wrote. */
function logTail(name: string, lines = 15): string {
  return existsSync(logFile(name))
    ? readFileSync(logFile(name), "utf8").trimEnd().split("\n").slice(-lines).join("\n")
    : "";
}

/** Waits until `ready` answers true; fails at once, with the log's end, when the process dies. */
export async function waitUntil(
  what: string,
  name: string,
  ready: () => Promise<boolean>,
  timeoutSeconds = 60,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const answer = () => Promise.race([ready().catch(() => false), sleep(10_000, false, { ref: false })]);
  while (!(await answer())) {
    if (!isRunning(name))
      throw new Error(`${what}: ${name} ended. The end of ${logFile(name)}:\n${logTail(name)}`);
    if (Date.now() > deadline) {
      throw new Error(
        `${what}: not ready after ${timeoutSeconds} s. The end of ${logFile(name)}:\n${logTail(name)}`,
      );
    }
    await sleep(100);
  }
}
