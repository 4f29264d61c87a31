// One command at a time works on an instance.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dataPath } from "../engines/instance.ts";
import { identify, isAlive } from "../engines/processes.ts";

function holder(file: string) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Runs `work` while holding the instance's lock. A lock whose holder was killed counts as free. */
export async function withLock<T>(command: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dataPath(), { recursive: true });
  chmodSync(dataPath(), 0o711);
  const file = dataPath("lock.json");
  const other = holder(file);
  if (other && isAlive(other)) {
    throw new Error(
      `\`${other.command}\` (pid ${other.pid}, since ${other.since}) is at work on the emulator; wait for it, or stop it.`,
    );
  }
  rmSync(file, { force: true });
  writeFileSync(
    file,
    JSON.stringify({ ...identify(process.pid), command, since: new Date().toISOString() }),
    { flag: "wx", mode: 0o600 },
  );
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
