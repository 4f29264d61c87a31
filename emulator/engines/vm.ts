// A machine of one's own with Docker, on the emulator's network: for the tests of vm/.

import { startBox, stopBox } from "./box.ts";
import { cgroupOf, removeCgroupsOf } from "./cgroups.ts";
import { dataPath, podNetwork, takeAddress } from "./instance.ts";
import { pidOf, run, waitUntil } from "./processes.ts";
import { registryAddress } from "./registry.ts";

const name = "vm";

export const vmAddress = (): string => takeAddress(name);

/** What is in its /opt. */
export const vmPath = (...parts: string[]): string => dataPath(name, "opt", ...parts);

/** The command that runs another one there, as root. */
export function vmShell(): string[] {
  const pid = pidOf(name);
  const namespaces = ["--mount", "--net", "--uts", "--ipc", `--pid=/proc/${pid}/ns/pid_for_children`];
  return [
    "nsenter",
    "--target",
    String(pid),
    ...namespaces,
    ...["env", "-i", "HOME=/root", `PATH=${process.env.PATH}`],
  ];
}

export async function inVm(...command: string[]): Promise<string> {
  const [program = "", ...args] = [...vmShell(), ...command];
  return run(program, args);
}

export async function startVm(): Promise<void> {
  const args = [dataPath(name), vmAddress(), podNetwork(), registryAddress(), cgroupOf(name)];
  await startBox(name, vmAddress(), "vm.sh", args);
  await waitUntil("the machine with Docker", name, async () => (await inVm("docker", "version")) !== "");
}

/** As by its power switch: nothing is told to end. */
export async function stopVm(): Promise<void> {
  await stopBox(name);
  await removeCgroupsOf(name);
}
