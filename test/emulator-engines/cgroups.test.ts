// The cgroups of nodes, on made-up trees: those of v2, which few machines that run these tests have, and of v1.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cgroupOf, removeCgroups, removeCgroupsOf } from "../../emulator/engines/cgroups.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cgroups-"));
  vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "9");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const make = (...paths: string[]) => {
  for (const path of paths) mkdirSync(join(root, path), { recursive: true });
};
const folders = (): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const ofOthers = ["fastapieks90-i-1/kubepods", "system.slice/docker.service"];
const kept = ["fastapieks90-i-1", "fastapieks90-i-1/kubepods", "system.slice", "system.slice/docker.service"];

describe.each([
  { version: 2, hierarchies: [""], file: "cgroup.controllers" },
  { version: 1, hierarchies: ["cpu,cpuacct/", "memory/", "pids/"], file: undefined },
])("cgroup v$version", ({ hierarchies, file }) => {
  const inEach = (paths: string[]) =>
    hierarchies.flatMap((hierarchy) => paths.map((path) => hierarchy + path));
  const others = () =>
    [...hierarchies.filter(Boolean).map((name) => name.slice(0, -1)), ...inEach(kept)].sort();

  beforeEach(() => {
    if (file) writeFileSync(join(root, file), "cpu memory pids");
    make(...inEach(ofOthers));
  });

  test("a node's go with its pods', and no others", async () => {
    make(...inEach([`${cgroupOf("i-1")}/kubepods/pod1/container`, `${cgroupOf("i-2")}/kubepods`]));
    await removeCgroupsOf("i-1", root);
    const second = inEach([cgroupOf("i-2"), `${cgroupOf("i-2")}/kubepods`]);
    expect(folders()).toEqual([...others(), ...second].sort());
  });

  test("the instance's go all, and no other's", async () => {
    make(...inEach([`${cgroupOf("i-1")}/kubepods/pod1`, cgroupOf("i-2")]));
    await removeCgroups(root);
    expect(folders()).toEqual(others());
  });

  test("one that is busy goes as soon as it can", async () => {
    make(...inEach([`${cgroupOf("i-1")}/kubepods`]));
    // The kernel refuses a group with a process in it; a folder, one with a file.
    const processes = inEach([`${cgroupOf("i-1")}/kubepods/process`]).map((path) => join(root, path));
    for (const path of processes) writeFileSync(path, "");
    const removal = removeCgroupsOf("i-1", root);
    await sleep(200);
    expect(folders()).toEqual(expect.arrayContaining(inEach([`${cgroupOf("i-1")}/kubepods`])));
    for (const path of processes) rmSync(path);
    await removal;
    expect(folders()).toEqual(others());
  });
});
