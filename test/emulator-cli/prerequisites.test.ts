import { expect, test } from "vitest";
import { diskProblem } from "../../emulator/cli/prerequisites.ts";

const run = { folder: "/var/lib/emulator/default", needGiB: 3 };
const build = { folder: "/cache", needGiB: 9 };

/** Free GiB by folder; folders with the same are on one disk. */
const disks = (free: Record<string, number>) => (folder: string) => ({
  device: free[folder] as number,
  freeGiB: free[folder] as number,
});

test.each([
  ["what is built stays", [run], { [run.folder]: 3 }, undefined],
  [
    "too little to run",
    [run],
    { [run.folder]: 2.94 },
    `2.9 GiB are free for ${run.folder}; the emulator needs 3 GiB there`,
  ],
  [
    "one disk has to have room for both",
    [run, build],
    { [run.folder]: 11, [build.folder]: 11 },
    `11.0 GiB are free for ${run.folder}, /cache; the emulator needs 12 GiB there`,
  ],
  ["two disks, each with enough", [run, build], { [run.folder]: 3, [build.folder]: 9 }, undefined],
  [
    "two disks, one too full",
    [run, build],
    { [run.folder]: 3, [build.folder]: 8 },
    "8.0 GiB are free for /cache; the emulator needs 9 GiB there",
  ],
])("%s", (_what, needs, free, problem) => {
  expect(diskProblem(needs, disks(free))).toBe(problem);
});
