// The emulator's network: a bridge of this machine that nothing outside it can reach.
import { readdirSync } from "node:fs";
import { bridgeName, hostAddress } from "./instance.ts";
import { run } from "./processes.ts";

const exists = async (link: string): Promise<boolean> =>
  run("ip", ["link", "show", link]).then(
    () => true,
    () => false,
  );

export async function startNetwork(): Promise<void> {
  if (!(await exists(bridgeName()))) await run("ip", ["link", "add", bridgeName(), "type", "bridge"]);
  await run("ip", ["address", "replace", `${hostAddress()}/24`, "dev", bridgeName()]);
  await run("ip", ["link", "set", bridgeName(), "up"]);
}

/** Also takes down the links of clusters that were just stopped: the kernel would, when it gets to it. */
export async function stopNetwork(): Promise<void> {
  const links = readdirSync("/sys/class/net").filter((link) => link.split("-")[0] === bridgeName());
  for (const link of links) {
    await run("ip", ["link", "delete", link]).catch(async (error: unknown) => {
      if (await exists(link)) throw error;
    });
  }
}

/** Gives this machine one more address on the emulator's network. */
export async function addAddress(address: string): Promise<void> {
  await run("ip", ["address", "replace", `${address}/24`, "dev", bridgeName()]);
}

export async function removeAddress(address: string): Promise<void> {
  await run("ip", ["address", "delete", `${address}/24`, "dev", bridgeName()]);
}
