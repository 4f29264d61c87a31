// One command at a time works on an instance.
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dataPath } from "../engines/instance.ts";
import { identify, isAlive, type Running } from "../engines/processes.ts";

interface Holder extends Running {
  command: string;
  since: string;
  /** Pulumi, which a killed command leaves at work. */
  child?: Running;
}

const lockFile = (): string => dataPath("lock.json");

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Who is at work; undefined when the lock is free, as that of a killed command is. */
function atWork(holder: Holder | undefined): string | undefined {
  if (!holder) return undefined;
  const { command, since, child } = holder;
  const isAtWork = (who: string, { pid }: Running) =>
    `${who} (pid ${pid}, since ${since}) is at work on the emulator; wait for it, or stop it: \`kill ${pid}\`.`;
  if (isAlive(holder)) return isAtWork(`\`${command}\``, holder);
  if (child && isAlive(child)) return isAtWork(`Pulumi, left by \`${command}\` when that was killed,`, child);
  return undefined;
}

/** Whether it worked; `expected` is the error that says it didn't, because another process was quicker. */
function attempt(action: () => void, expected: "EEXIST" | "ENOENT"): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== expected) throw error;
    return false;
  }
}

/** Writes the holder beside the lock, to be moved into its place whole. */
function draft(holder: Holder): string {
  const file = `${lockFile()}.${process.pid}`;
  writeFileSync(file, JSON.stringify(holder), { mode: 0o600 });
  return file;
}

function take(holder: Holder): void {
  const own = draft(holder);
  const dead = `${own}.dead`;
  try {
    while (!attempt(() => linkSync(own, lockFile()), "EEXIST")) {
      const message = atWork(read(lockFile()));
      if (message) throw new Error(message);
      // Moved, not removed: of two who find the same dead holder, the slower one would remove the quicker one's lock.
      if (!attempt(() => renameSync(lockFile(), dead), "ENOENT")) continue;
      if (atWork(read(dead))) attempt(() => linkSync(dead, lockFile()), "EEXIST");
      rmSync(dead);
    }
  } finally {
    rmSync(own);
  }
}

const ours = (): Holder | undefined => {
  const holder = read(lockFile());
  return holder?.pid === process.pid ? holder : undefined;
};

/** Has this command's lock held for as long as that process lives, too. */
export function holdFor(pid: number): void {
  const holder = ours();
  if (holder) renameSync(draft({ ...holder, child: identify(pid) }), lockFile());
}

/** Runs `work` while holding the instance's lock. */
export async function withLock<T>(command: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dataPath(), { recursive: true });
  chmodSync(dataPath(), 0o711);
  take({ ...identify(process.pid), command, since: new Date().toISOString() });
  try {
    return await work();
  } finally {
    if (ours()) rmSync(lockFile());
  }
}
