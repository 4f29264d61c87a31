// `npm run bench -- fire [--rate 220] [event …]`: what happens to the service's requests when something happens to the stack.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { withLock } from "../emulator/cli/lock.ts";
import { checkDisk, checkMachine, refuseCredentials } from "../emulator/cli/prerequisites.ts";
import { reset } from "../emulator/cli/services.ts";
import { setUp } from "../emulator/cli/set-up.ts";
import { instanceEnvironment } from "../emulator/engines/instance.ts";
import { removeProgram } from "../test/emulator/machine.ts";
import type { Conditions, Event, Outcome } from "./fire/event.ts";
import { failedOver, frozen, restarted } from "./fire/events/database.ts";
import { upKilled } from "./fire/events/killed.ts";
import { drain, nodeKilled, zoneLost } from "./fire/events/nodes.ts";
import { poolerKilled, poolerRestarted } from "./fire/events/pooler.ts";
import { scaling } from "./fire/events/scaling.ts";
import {
  badRelease,
  failingMigration,
  migration,
  passwordRotated,
  rollback,
  rollingUpdate,
  settingChange,
  waitingMigration,
} from "./fire/events/updates.ts";
import { failuresInWords, missed, type Row, renderTable } from "./fire/table.ts";
import { underFire } from "./fire/traffic.ts";
import { countRestarts, deploy, isSettled, prepareProgram, reach, until } from "./fire/world.ts";

const usualRate = 220;
/** Before an event and after it, so that what was there before and what remains shows as well. */
const quietSeconds = 5;
/** Until everything is as before: Kubernetes replaces the pods of a dead node after two minutes. */
const settleSeconds = 300;

const events: Event[] = [
  ...[rollingUpdate, rollback, settingChange, passwordRotated],
  ...[migration, failingMigration, waitingMigration, badRelease],
  ...[drain, restarted, failedOver, frozen, nodeKilled, zoneLost, upKilled],
  ...[poolerRestarted, poolerKilled, scaling],
];

function chosen(names: string[]): Event[] {
  const unknown = names.filter((name) => !events.some((event) => event.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no event is called ${unknown.join()}; there are: ${events.map(({ name }) => name).join(", ")}`,
    );
  return names.length > 0
    ? events.filter(({ name }) => names.includes(name))
    : events.filter(({ isLong }) => !isLong);
}

const log = (text: string): void => console.log(`${new Date().toTimeString().slice(0, 8)} ${text}`);

async function measure(event: Event, conditions: Conditions): Promise<Row> {
  const { name, goals, prepare, happen } = event;
  const { target, rate } = conditions;
  await prepare?.();
  await until("the stack before the event", isSettled, settleSeconds);
  const start = Date.now();
  const stopCounting = countRestarts();
  const load = await underFire(
    target,
    async () => {
      await sleep(quietSeconds * 1000);
      // What went wrong is in the table; the events that follow are measured all the same.
      const outcome: Outcome = (await happen(conditions).catch((error) => ({ missed: [`${error}`] }))) ?? {};
      const isBack = await until("the stack after the event", isSettled, settleSeconds).then(
        () => true,
        (error: Error) => log(`  ${error.message}`),
      );
      // Somebody would have to look; the next good update is the least that they would do.
      if (!isBack) await deploy();
      await sleep(quietSeconds * 1000);
      return { ...outcome, manualSteps: (outcome.manualSteps ?? 0) + (isBack ? 0 : 1) };
    },
    rate,
  );
  const seconds = (Date.now() - start) / 1000;
  return { name, goals, load, restarts: stopCounting(), outcome: load.result, seconds };
}

function report(row: Row): void {
  const { lateMilliseconds, cpuPercent } = row.load.generator;
  log(
    `  the generator was late by ${lateMilliseconds.toFixed(0)} ms at most, and took ${cpuPercent.toFixed(0)} % of a core`,
  );
  if (row.load.failures.length > 0) log(`  failed: ${failuresInWords(row.load)}`);
  for (const what of missed(row)) log(`  MISSED: ${what}`);
}

async function burn(list: Event[], rate: number): Promise<Row[]> {
  log("the stack comes up");
  await setUp(true);
  prepareProgram();
  await deploy();
  const target = await reach();
  const rows: Row[] = [];
  for (const event of list) {
    log(event.name);
    const row = await measure(event, { target, rate: event.rate ?? rate });
    report(row);
    console.log(renderTable([row]));
    rows.push(row);
  }
  return rows;
}

export async function fire(args: string[]): Promise<void> {
  const options = { rate: { type: "string", default: String(usualRate) } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [list, rate] = [chosen(positionals), Number(values.rate)];
  if (!(rate > 0))
    throw new Error(`--rate is ${values.rate}; it takes requests a second, such as ${usualRate}`);
  refuseCredentials();
  checkMachine();
  Object.assign(process.env, instanceEnvironment(process.env.FASTAPI_EKS_EMULATOR_INSTANCE ?? "bench"));
  await checkDisk();
  const command = "npm run bench -- fire";
  try {
    await withLock(command, reset);
    const rows = await withLock(command, () => burn(list, rate));
    console.log(`\n${rate} requests a second, a third of them writes:\n\n${renderTable(rows)}`);
    if (rows.some((row) => missed(row).length > 0)) process.exitCode = 1;
  } finally {
    await withLock(command, reset);
    removeProgram();
  }
}
