// A machine of a cluster: Linux namespaces of their own, joined to the emulator's network by one address.
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { bridgeName } from "./instance.ts";
import { exists, hardwareAddress } from "./network.ts";
import { isRunning, run, startProcess, stopProcess, waitUntil } from "./processes.ts";

const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--propagation", "private"];

/** Starts `script` as the first process of a box; nothing happens when it is running already. */
export async function startBox(name: string, address: string, script: string, args: string[]): Promise<void> {
  const link = `${bridgeName()}-${address.split(".")[3]}`;
  // Its other end, which the script configures once, went with it.
  if (isRunning(name) && !(await exists(link))) await stopBox(name);
  if (!isRunning(name)) {
    const command = ["bash", join(import.meta.dirname, script), ...args];
    const pid = startProcess(name, "unshare", [...namespaces, "--fork", "--kill-child", ...command]);
    const network = (of: number | "self") => readlinkSync(`/proc/${of}/ns/net`);
    await waitUntil(name, name, async () => network(pid) !== network("self"));
    // That of a box just killed goes only when the kernel gets to it.
    await run("ip", ["link", "delete", link]).catch(() => undefined);
    const peer = ["peer", "name", "eth0", "address", hardwareAddress(address), "netns", String(pid)];
    await run("ip", ["link", "add", link, "type", "veth", ...peer]);
  }
  await run("ip", ["link", "set", link, "master", bridgeName(), "up"]);
}

/** Takes everything of the box with it: processes, mounts, firewall rules, addresses. */
export const stopBox = (name: string): Promise<void> => stopProcess(name, "SIGKILL");
