// Asks the service again and again while something else happens to it.
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../emulator/cli/client.ts";

const pauseMilliseconds = 50;

/** Runs `work` under steady traffic; returns how many requests there were, and those that failed. */
export async function underTraffic<T>(url: string, work: () => Promise<T>) {
  const failures: string[] = [];
  let requests = 0;
  let working = true;
  const client = async () => {
    while (working) {
      requests++;
      try {
        const { status } = await ask(url);
        if (status >= 300) failures.push(`${status}`);
      } catch (error) {
        failures.push(`${error instanceof Error ? (error.cause ?? error) : error}`);
      }
      await sleep(pauseMilliseconds);
    }
  };
  const clients = [client(), client()];
  try {
    return {
      result: await work(),
      get requests() {
        return requests;
      },
      failures,
    };
  } finally {
    working = false;
    await Promise.all(clients);
  }
}
