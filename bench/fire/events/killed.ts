// `pulumi up` that is killed while a component changes, and run again.
import { readFileSync } from "node:fs";
import { listening } from "../../../emulator/cli/events.ts";
import { pulumi } from "../../../emulator/cli/pulumi.ts";
import { up } from "../../../emulator/cli/start.ts";
import { dataPath } from "../../../emulator/engines/instance.ts";
import { identify, isAlive, type Running } from "../../../emulator/engines/processes.ts";
import type { Event } from "../event.ts";
import { configure, editSource, rotatePassword, stack, unset } from "../world.ts";

/** In the order in which an update reaches them. */
const components = [
  ...["Network", "Image", "Cluster", "Database", "DatabaseLogin", "Alarms"],
  ...["Workload", "Migration", "App"],
];

/** Something to change for each component: tags for what is in AWS, the source and a setting for what is not. */
function changeEverything(round: number, component: string): void {
  unset("imageDigest");
  editSource();
  configure({ tags: `{ fire: "${round}" }`, appKeepAliveSeconds: 90 + round });
  // Once: a second time would change the password that pods may be using.
  if (component === "DatabaseLogin") rotatePassword();
}

/** Pulumi's process, as the instance's lock has it. */
const pulumiPid = (): number => JSON.parse(readFileSync(dataPath("lock.json"), "utf8")).child.pid;

/** A process and those that it has started, and those have. */
function familyOf(pid: number): Running[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  return [identify(pid), ...children.flatMap((child) => familyOf(Number(child)))];
}

/** Plugins outlive the Pulumi that started them; after a while there would be dozens. */
const orphans: Running[] = [];

/** Kills an update when it begins to change something of a component; tells whether it came to that. */
async function upKilledAt(component: string): Promise<boolean> {
  let isKilled = false;
  const take = (text: string): void => {
    const { op, urn } = JSON.parse(text).resourcePreEvent?.metadata ?? {};
    if (isKilled || !urn || op === "same" || !urn.includes(`::fastapi-eks:index:${component}$`)) return;
    isKilled = true;
    orphans.push(...familyOf(pulumiPid()));
    process.kill(pulumiPid(), "SIGKILL");
  };
  const command = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--event-log"];
  await listening(take, (eventLog) => pulumi(stack, [...command, eventLog], false));
  return isKilled;
}

export const upKilled: Event = {
  name: "up-killed",
  goals: { failed: 0 },
  async happen() {
    const killedAt: string[] = [];
    for (const [round, component] of components.entries()) {
      changeEverything(round, component);
      if (await upKilledAt(component)) killedAt.push(component);
    }
    const { code, output } = await up(stack, false);
    for (const { pid } of orphans.splice(0).filter(isAlive)) process.kill(pid, "SIGKILL");
    if (code !== 0) console.log(output);
    const missing = components.filter((component) => !killedAt.includes(component));
    if (missing.length > 0) throw new Error(`up changed nothing of ${missing.join(", ")}`);
    return { note: `${killedAt.length} times`, manualSteps: code === 0 ? 0 : 1 };
  },
};
