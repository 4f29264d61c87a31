// Updates, good ones and bad ones: what somebody does with `pulumi up`.
import { setTimeout as sleep } from "node:timers/promises";
import { up } from "../../../emulator/cli/start.ts";
import { instanceIdentifiers } from "../../../emulator/engines/postgres.ts";
import { session } from "../../../emulator/engines/postgres-server.ts";
import { edit, remove, write } from "../../../test/emulator/machine.ts";
import type { Event, Outcome } from "../event.ts";
import {
  configure,
  deploy,
  editSource,
  image,
  rotatePassword,
  serving,
  stack,
  unset,
  until,
} from "../world.ts";

const planned = { failed: 0 };
const requestsOfGoal = 50_000;
/** As long as that takes at the benchmark's own rate. */
const updatingSeconds = 230;

let previousImage: string | undefined;

async function update(): Promise<void> {
  previousImage = await image();
  editSource();
  await deploy();
}

export const rollingUpdate: Event = {
  name: "rolling-update",
  goals: { ...planned, requests: requestsOfGoal },
  async happen() {
    const end = Date.now() + updatingSeconds * 1000;
    let updates = 0;
    for (; Date.now() < end; updates++) await update();
    return { note: `${updates} updates` };
  },
};

export const rollback: Event = {
  name: "rollback",
  goals: planned,
  async prepare() {
    if (!previousImage) await update();
  },
  async happen() {
    configure({ imageDigest: previousImage?.split("@")[1] ?? "" });
    await deploy();
    return undefined;
  },
};

export const settingChange: Event = {
  name: "setting-change",
  goals: planned,
  async happen() {
    configure({ appKeepAliveSeconds: 80 });
    await deploy();
    return undefined;
  },
};

export const passwordRotated: Event = {
  name: "password-rotated",
  goals: planned,
  async happen() {
    rotatePassword();
    await deploy();
    return undefined;
  },
};

const versions = "app/src/orders/migrations/versions";
let newest = 2;

/** The next revision, with this as its upgrade. */
function addRevision(statement: string): string {
  const [before, revision] = [newest, ++newest].map((number) => String(number).padStart(4, "0"));
  const file = `${versions}/${revision}_fire.py`;
  const head = `import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "${revision}"\ndown_revision = "${before}"\n`;
  write(file, `${head}\n\ndef upgrade() -> None:\n    ${statement}\n`);
  return file;
}

const addColumn = (): string =>
  addRevision(`op.add_column("orders", sa.Column("note_${newest}", sa.String(50)))`);

export const migration: Event = {
  name: "migration",
  goals: { ...planned, slowestReadSeconds: 1.5 },
  async happen() {
    unset("imageDigest");
    addColumn();
    await deploy();
    return undefined;
  },
};

/** An update that must fail, and leave the pods as they are; the one that takes it back must not. */
async function failing(breaks: () => () => void): Promise<Outcome> {
  const names = async () =>
    (await serving())
      .map(({ metadata }) => metadata.name)
      .sort()
      .join();
  const before = await names();
  const repair = breaks();
  const started = Date.now();
  const { code, output } = await up(stack, false);
  const seconds = Math.round((Date.now() - started) / 1000);
  const after = await names();
  repair();
  await deploy();
  if (code === 0) throw new Error(`an update succeeded that should not:\n${output}`);
  return {
    note: `up failed after ${seconds} s`,
    missed: after === before ? [] : ["the update that failed changed the pods that serve"],
  };
}

export const failingMigration: Event = {
  name: "migration-fails",
  goals: planned,
  async happen() {
    unset("imageDigest");
    return failing(() => {
      const file = addRevision('raise RuntimeError("broken on purpose")');
      return () => {
        remove(file);
        newest--;
      };
    });
  },
};

const waiting = "select from pg_locks where mode = 'AccessExclusiveLock' and not granted";

export const waitingMigration: Event = {
  name: "migration-waits",
  // A migration that waits for a table lets nobody else have it meanwhile.
  goals: { ...planned, slowestReadSeconds: 1.5 },
  async happen() {
    unset("imageDigest");
    addColumn();
    const [identifier = ""] = instanceIdentifiers();
    await session(identifier, "orders", async (client) => {
      await client.query("begin");
      await client.query("select count(*) from orders");
      const updating = deploy();
      // Awaited below, also when it has failed by then.
      updating.catch(() => undefined);
      try {
        const isWaiting = async () => (await client.query(waiting)).rowCount !== 0;
        await until("a migration that waits for a lock", isWaiting, 120);
        await sleep(5000);
      } finally {
        await client.query("commit");
        await updating;
      }
    });
    return undefined;
  },
};

export const badRelease: Event = {
  name: "bad-release",
  goals: planned,
  async happen() {
    const file = "app/src/orders/health.py";
    const good = "(obstacle := await readiness.obstacle()) is not None";
    return failing(() => {
      edit(file, (text) => text.replace(good, '(obstacle := "never ready")'));
      return () => edit(file, (text) => text.replace('(obstacle := "never ready")', good));
    });
  },
};
