// Data are lost and come back: each test goes on where the one before it ended.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ask } from "../../emulator/cli/client.ts";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { publishStack, serveOneRequest } from "../../emulator/cli/start.ts";
import { dataPath } from "../../emulator/engines/instance.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import { session } from "../../emulator/engines/postgres-server.ts";
import { bringUp, edit } from "./machine.ts";

const stack = "dev";
const restored = expect.stringMatching(/^fastapi-eks-dev-[0-9a-f]{8}$/);

const succeed = () => bringUp(stack);

function set(settings: Record<string, unknown>): void {
  const lines = Object.entries(settings).map(([name, value]) => `  fastapi-eks:${name}: ${value}\n`);
  const names = new RegExp(
    `^  fastapi-eks:(${Object.keys(settings).join("|")}|databaseRestore\\w+): .*\\n`,
    "gm",
  );
  edit("Pulumi.dev.yaml", (text) => text.replace(names, "") + lines.join(""));
}

/** Names of what RDS has kept, oldest first. */
const kept = (what: "automatedBackup" | "snapshot"): string[] =>
  readdirSync(dataPath("aws", "rds", what)).map((file) => file.replace(/\.json$/, ""));

/** Of which instances CloudWatch has alarms. */
function watched(): string[] {
  const folder = dataPath("aws", "cloudwatch", "metricAlarm");
  const alarms = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
  return [...new Set(alarms.map(({ dimensions }) => dimensions.DBInstanceIdentifier))];
}

const placeOrder = async () => JSON.parse(await serveOneRequest(await publishStack(stack)));

/** What the service answers about each of the first three orders. */
async function orders(): Promise<number[]> {
  const url = await publishStack(stack);
  return Promise.all([1, 2, 3].map(async (id) => (await ask(`${url}/orders/${id}`)).status));
}

async function loseOrders(): Promise<void> {
  const [identifier = ""] = instanceIdentifiers();
  await session(identifier, "orders", (client) => client.query("truncate orders restart identity cascade"));
}

/** RDS restores to whole seconds. */
async function moment(): Promise<string> {
  await sleep(1100);
  const now = new Date().toISOString().replace(/\.\d+/, "");
  await sleep(1100);
  return now;
}

/** On a stack whose data may be lost, and whose database leaves a snapshot when it goes. */
export function restore(): void {
  let first: string;
  let both: string;

  test("a moment: what was lost after it is there again, and what came after it isn't", async () => {
    await loseOrders();
    expect(await placeOrder()).toMatchObject({ id: 1 });
    first = await moment();
    expect(await placeOrder()).toMatchObject({ id: 2 });
    both = await moment();
    await loseOrders();
    expect(await orders()).toEqual([404, 404, 404]);

    set({ databaseRestoreTime: first });
    expect(await succeed()).toContain("create-replacement aws:rds/instance:Instance");
    expect(await orders()).toEqual([200, 404, 404]);
    expect(instanceIdentifiers()).toEqual([restored]);
    expect(watched()).toEqual([restored]);
  });

  test("the setting stays, and changes nothing", async () => {
    const { code, output } = await pulumi(stack, ["preview", "--expect-no-changes"], false);
    expect(code, output).toBe(0);
  });

  test("a growth below a tenth is refused at preview, with the size that works", async () => {
    set({ databaseStorageGiB: 21, databaseRestoreTime: first });
    const { code, output } = await pulumi(stack, ["preview"], false);
    expect(code).not.toBe(0);
    expect(output).toContain("fix: pulumi config set databaseStorageGiB 22");
    set({ databaseStorageGiB: 20, databaseRestoreTime: first });
  });

  test("another moment, of the instance that is gone by now, from the backups that it left", async () => {
    const [resourceId] = kept("automatedBackup");
    set({ databaseRestoreTime: both, databaseRestoreSource: resourceId });
    await succeed();
    expect(await orders()).toEqual([200, 200, 404]);
  });

  test("a snapshot: the last one of the first restore", async () => {
    const snapshot = kept("snapshot").find((name) => /-[0-9a-f]{8}-final$/.test(name));
    set({ databaseRestoreSnapshot: snapshot, databaseEngineVersion: '"17.10"' });
    await succeed();
    expect(await orders()).toEqual([200, 404, 404]);
  });

  test("with protect, a restore is refused until it is meant, and then leaves the old instance alone", async () => {
    const [before] = instanceIdentifiers();
    const snapshot = kept("snapshot").find((name) => !/-[0-9a-f]{8}-final$/.test(name));
    const settings = { databaseRestoreSnapshot: snapshot, databaseEngineVersion: '"17.10"' };
    edit("Pulumi.dev.yaml", (text) => text.replace("protect: false", "protect: true"));
    await succeed();

    set(settings);
    const refused = await pulumi(stack, ["preview"], false);
    expect(refused.code).not.toBe(0);
    const [urn = ""] = /urn:pulumi:\S+::database-postgres/.exec(refused.output) ?? [];
    expect((await pulumi(stack, ["state", "unprotect", urn, "--yes"], false)).code).toBe(0);
    await succeed();
    expect(await orders()).toEqual([404, 404, 404]);
    expect(instanceIdentifiers()).toEqual(expect.arrayContaining([before, restored]));
    expect(instanceIdentifiers()).toHaveLength(2);
  });
}
