import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withLock } from "../../emulator/cli/lock.ts";
import * as processes from "../../emulator/engines/processes.ts";

vi.mock("../../emulator/engines/processes.ts", { spy: true });

let folder: string;
const file = () => join(folder, "lock.json");
const holder = () => JSON.parse(readFileSync(file(), "utf8"));
const locked = (pid: number) => ({ ...processes.identify(pid), command: "npm start", since: "noon" });
const dead = { ...locked(1), startTime: "1" };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("a dead holder's lock is free, and gone afterwards", async () => {
  writeFileSync(file(), JSON.stringify(dead));
  expect(await withLock("npm stop", async () => holder().pid)).toBe(process.pid);
  expect(existsSync(file())).toBe(false);
});

test("of two who find a dead holder, the slower one leaves the quicker one's lock alone", async () => {
  writeFileSync(file(), JSON.stringify(dead));
  const quicker = JSON.stringify(locked(process.ppid));
  vi.mocked(processes.isAlive).mockImplementationOnce(() => {
    writeFileSync(file(), quicker);
    return false;
  });
  await expect(withLock("npm stop", async () => undefined)).rejects.toThrow(
    `(pid ${process.ppid}, since noon)`,
  );
  expect(readFileSync(file(), "utf8")).toBe(quicker);
});

test("only one's own lock is removed", async () => {
  await withLock("npm stop", async () => writeFileSync(file(), JSON.stringify(dead)));
  expect(holder()).toEqual(dead);
});

/** A command that runs a Pulumi which, as the real one, ends in good order when it is told to. */
async function startCommand(): Promise<ChildProcess> {
  const data = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o755 });
  };
  data("program/Pulumi.yaml", "name: some\nmain: index.ts\n");
  data("program/Pulumi.dev.yaml", "config:\n  aws:region: eu-central-1\n");
  data("state/.pulumi/stacks/some/dev.json", "{}");
  data(
    "bin/pulumi",
    `#!/bin/sh\ntrap 'sleep 0.2; touch ${folder}/ended; exit 7' TERM\ntouch ${folder}/began\nfor _ in $(seq 200); do sleep 0.05; done\n`,
  );
  const cli = join(import.meta.dirname, "..", "..", "emulator", "cli");
  const script = `
    const { withLock } = await import("${cli}/lock.ts");
    const { pulumi } = await import("${cli}/pulumi.ts");
    process.exitCode = (await withLock("npm run start", () => pulumi("dev", ["up"], true))).code;
  `;
  const command = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, FASTAPI_EKS_EMULATOR_PROGRAM: join(folder, "program") },
    stdio: "inherit",
  });
  while (!existsSync(join(folder, "began")) || !holder().child) await sleep(20);
  return command;
}

test("a killed command's Pulumi holds the lock until it has ended", async () => {
  const command = await startCommand();
  const { child } = holder();
  command.kill("SIGKILL");
  await once(command, "exit");
  const next = () => withLock("npm stop", async () => "free");
  await expect(next()).rejects.toThrow(
    new RegExp(`^Pulumi, left by \`npm run start\` .*pid ${child.pid}.* stop it: \`kill ${child.pid}\``),
  );
  process.kill(child.pid);
  while (processes.isAlive(child)) await sleep(20);
  expect(existsSync(join(folder, "ended"))).toBe(true);
  expect(await next()).toBe("free");
});

test("a command that is told to end lets Pulumi end first", async () => {
  const command = await startCommand();
  command.kill("SIGTERM");
  expect(await once(command, "exit")).toEqual([7, null]);
  expect(existsSync(join(folder, "ended"))).toBe(true);
  expect(existsSync(file())).toBe(false);
});
