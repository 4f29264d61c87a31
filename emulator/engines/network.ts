// The emulator's network: a bridge of this machine that nothing outside it can reach.
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

export async function stopNetwork(): Promise<void> {
  if (await exists(bridgeName())) await run("ip", ["link", "delete", bridgeName()]);
}

/** Gives this machine one more address on the emulator's network. */
export async function addAddress(address: string): Promise<void> {
  await run("ip", ["address", "replace", `${address}/24`, "dev", bridgeName()]);
}

export async function removeAddress(address: string): Promise<void> {
  await run("ip", ["address", "delete", `${address}/24`, "dev", bridgeName()]);
}
