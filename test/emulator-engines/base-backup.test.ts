// The copy of a running server's files, which come and go meanwhile. `cp` is a script that meets one that has gone.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { copyRunning } from "../../emulator/engines/postgres-backups.ts";

let folder: string;
const path = (...parts: string[]): string => join(folder, ...parts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "base-backup-"));
  mkdirSync(path("data", "base"), { recursive: true });
  writeFileSync(path("data", "base", "stays"), "rows");
  writeFileSync(path("attempts"), "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** For the first `count` times, `cp` copies a file that is then gone, and fails as the real one does. */
function vanishing(count: number): void {
  mkdirSync(path("bin"));
  writeFileSync(
    path("bin", "cp"),
    `#!/bin/sh
echo >>${path("attempts")}
attempt=$(wc -l <${path("attempts")})
[ "$attempt" -le ${count} ] || exec /bin/cp "$@"
echo half >${path("data", "base", "gone")}
/bin/cp "$@"
rm ${path("data", "base", "gone")}
echo "cp: cannot stat 'base/gone': No such file or directory" >&2
exit 1
`,
  );
  chmodSync(path("bin", "cp"), 0o755);
  vi.stubEnv("PATH", [path("bin"), process.env.PATH].join(delimiter));
}

const attempts = (): number => readFileSync(path("attempts"), "utf8").length;
const copied = () => readdirSync(path("copy", "base"));

test.each([0, 1, 4])("after %i vanished files the copy is whole, and without what is gone", async (count) => {
  vanishing(count);
  await copyRunning(path("data"), path("copy"));
  expect(attempts()).toBe(count + 1);
  expect(copied()).toEqual(["stays"]);
  expect(readFileSync(path("copy", "base", "stays"), "utf8")).toBe("rows");
});

test("when files vanish each time, the backup fails with what cp said", async () => {
  vanishing(5);
  await expect(copyRunning(path("data"), path("copy"))).rejects.toThrow("cannot stat 'base/gone'");
  expect(attempts()).toBe(5);
});
