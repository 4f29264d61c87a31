// Load on the service while something else happens to it, and what the database has of it afterwards.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { entrance } from "../../emulator/cli/client.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import { session } from "../../emulator/engines/postgres-server.ts";
import type { Load, Order, Target } from "./load.ts";

export interface Traffic<T> extends Load {
  result: T;
  /** Keys that were acknowledged and aren't in the database. */
  lost: string[];
  /** Keys that are there more than once, acknowledged or not. */
  duplicates: string[];
}

/**
 * Runs `work` under load.
 * @param rate requests a second. The tests' own leaves room for what runs beside them: an open loop doesn't wait for a
 *   machine that is busy.
 */
export async function underFire<T>(
  target: Target | string,
  work: () => Promise<T>,
  rate = 10,
): Promise<Traffic<T>> {
  const prefix = `fire-${randomBytes(6).toString("hex")}`;
  const order: Order = { ...(typeof target === "string" ? entrance(target) : target), rate, prefix };
  const generator = fork(join(import.meta.dirname, "load.ts"));
  const died = once(generator, "exit").then(([code, signal]): never => {
    throw new Error(`the generator of requests ended with ${code ?? signal}`);
  });
  died.catch(() => undefined);
  try {
    generator.send(order);
    const result = await work();
    const answer = Promise.race([once(generator, "message"), died]);
    generator.send("stop");
    const [load] = (await answer) as [Load];
    return { result, ...load, ...(await compare(prefix, load.acknowledged)) };
  } finally {
    generator.kill();
  }
}

async function compare(prefix: string, acknowledged: string[]) {
  const [identifier = ""] = instanceIdentifiers();
  const query =
    "select customer, count(*)::int as count from orders where customer like $1 group by customer";
  const { rows } = await session(identifier, "orders", (client) => client.query(query, [`${prefix}-%`]));
  const counts = new Map(rows.map(({ customer, count }) => [customer as string, count as number]));
  return {
    lost: acknowledged.filter((key) => !counts.has(key)),
    duplicates: [...counts].filter(([, count]) => count > 1).map(([key]) => key),
  };
}
