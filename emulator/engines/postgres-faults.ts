// What happens to an instance of RDS without anybody's asking: tests and benchmarks do it.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dataPath, releaseAddress } from "./instance.ts";
import { removeAddress } from "./network.ts";
import { publishInstances } from "./postgres.ts";
import { ipAddress, processName, startServer, stopInstance } from "./postgres-server.ts";
import { identify, isAlive, pidOf, run, stopProcess } from "./processes.ts";

/** The server's processes, which it forks for connections and its own work. */
function processesOf(identifier: string): number[] {
  const pid = pidOf(processName(identifier));
  if (!pid) throw new Error(`the database ${identifier} isn't running`);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...(children ? children.split(" ").map(Number) : [])];
}

/** As when its storage hangs: it takes connections and answers nobody. */
export function freezeInstance(identifier: string): void {
  for (const pid of processesOf(identifier)) process.kill(pid, "SIGSTOP");
}

export function thawInstance(identifier: string): void {
  for (const pid of processesOf(identifier)) process.kill(pid, "SIGCONT");
}

/** A reboot without a failover. */
export async function restartInstance(identifier: string): Promise<void> {
  await stopInstance(identifier);
  await startServer(identifier);
}

/**
 * The primary's host is gone, without a goodbye to anybody; after `seconds` the standby goes on where it was, under
 * the same name at another address. Returns what removes the last traces of the old one.
 */
export async function failOver(identifier: string, seconds: number): Promise<() => Promise<void>> {
  const old = ipAddress(identifier);
  const former = `rds/${identifier}/former`;
  const silence = [
    ["INPUT", "--destination", old, "--jump", "DROP"],
    ["OUTPUT", "--source", old, "--jump", "DROP"],
  ];
  const forget = async () => {
    for (const rule of silence) await run("iptables", ["--wait", "--delete", ...rule]);
    await removeAddress(old);
    releaseAddress(former);
  };
  for (const rule of silence) await run("iptables", ["--wait", "--insert", ...rule]);
  const processes = processesOf(identifier).map(identify);
  await stopProcess(processName(identifier), "SIGKILL");
  // A server doesn't start on files that another one's processes are still at work on.
  while (processes.some(isAlive)) await sleep(20);
  await sleep(seconds * 1000);
  writeFileSync(dataPath("addresses", old), former);
  await startServer(identifier);
  publishInstances();
  return forget;
}
