// The script of the service `backup`, at times of the day of a test's own, on commands that play PostgreSQL's.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = join(import.meta.dirname, "../../vm/release/backup.sh");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fastapi-eks-backup-"));
  const hour = `case "$2" in +%H) cat ${folder}/hour;; *) exec /bin/date "$@";; esac`;
  command("date", hour);
  command("pg_dump", `echo dump >"\${2#--file=}"`);
  command("pg_restore", "exit 0");
  writeFileSync(join(folder, "hour"), "12");
  // The folder of the container, as one of the test's.
  writeFileSync(join(folder, "backup.sh"), readFileSync(script, "utf8").replaceAll("/backups", folder));
});

afterEach(() => rmSync(folder, { recursive: true }));

const command = (name: string, body: string): void =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

const environment = () => ({
  PATH: [folder, process.env.PATH].join(delimiter),
  DATABASE: "postgresql",
  BACKUP_DAYS: "14",
});

const backups = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".backup"));
const today = (): string => `${new Date().toISOString().slice(0, 10)}.backup`;
const once = () =>
  spawnSync("sh", [join(folder, "backup.sh"), "now"], { env: environment(), encoding: "utf8" });

/** Lets the loop go on for as long as `until` takes. */
async function running(until: () => void | Promise<void>): Promise<number | null> {
  const child = spawn("sh", [join(folder, "backup.sh")], { env: environment(), stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await until();
  child.kill("SIGTERM");
  return ended;
}

describe("each day's backup", () => {
  test("is made once it is 03:00, also after that", async () => {
    const code = await running(() => expect.poll(backups, { timeout: 20_000 }).toEqual([today()]));
    expect(code).toBe(0);
    expect(readFileSync(join(folder, today()), "utf8")).toBe("dump\n");
  });

  test.each(["00", "02"])("isn't made at %s:00", async (hour) => {
    writeFileSync(join(folder, "hour"), hour);
    await running(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(backups()).toEqual([]);
  });

  test("isn't made twice", async () => {
    writeFileSync(join(folder, today()), "the first");
    await running(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(readFileSync(join(folder, today()), "utf8")).toBe("the first");
  });
});

test("one that fails is no backup, and is seen until one is made", () => {
  command("pg_dump", `echo half >"\${2#--file=}"; exit 1`);
  expect(once().status).toBe(1);
  expect(backups()).toEqual([]);
  expect(readdirSync(folder)).toContain("failed");
  command("pg_dump", `echo dump >"\${2#--file=}"`);
  expect(once().status).toBe(0);
  expect(backups()).toHaveLength(1);
  expect(readdirSync(folder)).not.toContain("failed");
});

test("one that can't be read is no backup either", () => {
  command("pg_restore", "exit 1");
  expect(once().status).toBe(1);
  expect(backups()).toEqual([]);
});

describe("a file of SQLite", () => {
  const sqlite = (code: string, ...args: string[]) =>
    spawnSync("python3", ["-c", code, ...args]).stdout.toString();
  const file = () => join(folder, "orders.db");
  const copy = () =>
    spawnSync("sh", [join(folder, "backup.sh"), "now"], {
      env: { ...environment(), DATABASE: "sqlite", DATABASE_FILE: file() },
      encoding: "utf8",
    });

  test("is copied with what is in its write-ahead log alone, while it is open", () => {
    const code = `
import sqlite3, subprocess, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("pragma journal_mode = wal")
db.execute("create table orders (id integer)")
db.execute("insert into orders values (7)")
print(subprocess.run(["sh", sys.argv[2], "now"]).returncode)`;
    const env = { ...environment(), DATABASE: "sqlite", DATABASE_FILE: file() };
    const ran = spawnSync("python3", ["-c", code, file(), join(folder, "backup.sh")], {
      env,
      encoding: "utf8",
    });
    expect(ran.stdout + ran.stderr).toMatch(/0\n$/);
    const [name = ""] = backups();
    const read = 'import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute("select id from orders"))';
    expect(sqlite(read, join(folder, name))).toBe("(7,)\n");
  });

  test("that isn't there, or is damaged, makes no backup", () => {
    expect(copy().status).toBe(1);
    expect(readdirSync(folder)).not.toContain("orders.db");
    sqlite(
      `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("create table orders (text)")
db.executemany("insert into orders values (?)", [("x" * 1000,)] * 50)
db.commit()`,
      file(),
    );
    const content = readFileSync(file());
    content.fill(255, 8192, 12_288);
    writeFileSync(file(), content);
    expect(copy().stderr).toMatch(/damaged|malformed/);
    expect(backups()).toEqual([]);
    expect(readdirSync(folder)).toContain("failed");
  });
});

test("those that are too old go", () => {
  for (const [name, days] of [
    ["old", 16],
    ["young", 13],
  ] as const) {
    writeFileSync(join(folder, `${name}.backup`), "");
    const time = Date.now() / 1000 - days * 86_400;
    utimesSync(join(folder, `${name}.backup`), time, time);
  }
  once();
  expect(backups()).toContain("young.backup");
  expect(backups()).not.toContain("old.backup");
});
