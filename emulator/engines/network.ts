// The emulator's network: a bridge of this machine that nothing outside it can reach, and that leads nowhere outside.
import { readdirSync, readFileSync } from "node:fs";
import { bridgeName, hostAddress, podNetwork, ranges } from "./instance.ts";
import { run } from "./processes.ts";

/** Loses to every route that has an engine behind it, or is the person's own. */
const lastMetric = "4096";
/** After that for this machine's own addresses, before all that lead elsewhere. */
const rulePriority = "213";

const unreachable = (range: string): string[] => ["unreachable", range, "metric", lastMetric];
const fromBridge = (): string[] => ["priority", rulePriority, "iif", bridgeName(), "unreachable"];

export const exists = async (link: string): Promise<boolean> =>
  run("ip", ["link", "show", link]).then(
    () => true,
    () => false,
  );

/** From box to box, also where a firewall (Docker's, say) sees what crosses a bridge. */
const crossing = (): string[] => ["FORWARD", "-i", bridgeName(), "-o", bridgeName(), "-j", "ACCEPT"];
const iptables = (action: string): Promise<string> => run("iptables", ["--wait", action, ...crossing()]);

/** By the address, so that neighbours who knew an earlier owner of it find the new one. */
export const hardwareAddress = (address: string): string => {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
};

/** What no engine holds, as while one is down, would go to the default gateway; so would what pods send elsewhere. */
async function fence(): Promise<void> {
  for (const range of ranges()) await run("ip", ["route", "replace", ...unreachable(range)]);
  const rules = await run("ip", ["rule", "show", "iif", bridgeName()]);
  if (!rules.trim()) await run("ip", ["rule", "add", ...fromBridge()]);
}

/** Makes what is missing of it, and mends what is wrong. */
export async function startNetwork(): Promise<void> {
  await fence();
  if (!(await exists(bridgeName()))) await run("ip", ["link", "add", bridgeName(), "type", "bridge"]);
  // One of its own: it would be that of a link, another one with each node that comes or goes, whom nobody knows yet.
  await run("ip", ["link", "set", bridgeName(), "address", hardwareAddress(hostAddress())]);
  await run("ip", ["address", "replace", `${hostAddress()}/24`, "dev", bridgeName()]);
  await run("ip", ["link", "set", bridgeName(), "up"]);
  // Their nodes answer for them.
  await run("ip", ["route", "replace", podNetwork(), "dev", bridgeName()]);
  await iptables("--check").catch(() => iptables("--insert"));
}

/** Also takes down the links of clusters that were just stopped: the kernel would, when it gets to it. */
export async function stopNetwork(): Promise<void> {
  const links = readdirSync("/sys/class/net").filter((link) => link.split("-")[0] === bridgeName());
  for (const link of links) {
    await run("ip", ["link", "delete", link]).catch(async (error: unknown) => {
      if (await exists(link)) throw error;
    });
  }
  await iptables("--delete").catch(() => undefined);
  for (const range of ranges())
    await run("ip", ["route", "delete", ...unreachable(range)]).catch(() => undefined);
  await run("ip", ["rule", "delete", ...fromBridge()]).catch(() => undefined);
}

/** An address as the kernel lists its routes: in hexadecimal, the last byte first. */
const fromKernel = (hex: string): string => [...Buffer.from(hex, "hex").reverse()].join(".");

/** The gateway of this machine's route to `range`: 0.0.0.0 when it has none, undefined when there is no route. */
export function gatewayTo(range: string): string | undefined {
  const routes = readFileSync("/proc/net/route", "utf8").split("\n").slice(1, -1);
  const columns = routes.map((route) => route.split("\t"));
  const found = columns.find(([, destination = ""]) => fromKernel(destination) === range.split("/")[0]);
  return found?.[2] && fromKernel(found[2]);
}

/** Gives this machine one more address on the emulator's network. */
export async function addAddress(address: string): Promise<void> {
  await run("ip", ["address", "replace", `${address}/24`, "dev", bridgeName()]);
}

export async function removeAddress(address: string): Promise<void> {
  await run("ip", ["address", "delete", `${address}/24`, "dev", bridgeName()]);
}
