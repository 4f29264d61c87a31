import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("an old Node is told which one it takes, before anything else", () => {
  const old = 'Object.defineProperty(process, "versions", { value: { node: "20.10.0" } })';
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${old}`, "emulator/run.mjs", "none.ts"],
    { encoding: "utf8" },
  );
  expect(stderr).toMatch(
    /^Node 20\.10\.0 can't start this; it takes Node 20\.11 or later\. Get one from https/,
  );
  expect(status).toBe(1);
});
