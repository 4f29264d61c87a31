import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import type { Part } from "../../emulator/toolchain/toolchain.ts";

const folder = mkdtempSync(join(tmpdir(), "toolchain-"));
const cache = join(folder, "cache");
vi.stubEnv("FASTAPI_EKS_EMULATOR_CACHE", cache);
vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", join(folder, "data"));
vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "9");
const { isMissing, provide } = await import("../../emulator/toolchain/toolchain.ts");
const { goModule } = await import("../../emulator/toolchain/go.ts");

const linked = join(folder, "data", "bin", "tool");
const silent = () => undefined;
let builds: number;

function part(inputs: string[]): Part {
  return {
    name: "tool",
    title: "a tool",
    minutes: 0,
    inputs: async () => inputs,
    build: async (target) => {
      builds++;
      writeFileSync(join(target, "tool"), inputs.join());
    },
    links: { "bin/tool": "tool" },
  };
}

beforeEach(() => {
  builds = 0;
  rmSync(folder, { recursive: true, force: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a part is built once, and again when what it depends on has changed", async () => {
  expect(await isMissing(part(["one"]))).toBe(true);
  expect(await provide(part(["one"]), silent)).toBe("built");
  expect(await isMissing(part(["one"]))).toBe(false);
  expect(await provide(part(["one"]), silent)).toBe("cached");
  expect(builds).toBe(1);
  expect(await isMissing(part(["two"]))).toBe(true);
  expect(await provide(part(["two"]), silent)).toBe("built");
  expect(readFileSync(linked, "utf8")).toBe("two");
});

test("a build that fails leaves nothing that looks whole", async () => {
  const failing: Part = {
    ...part(["one"]),
    build: async (target) => {
      writeFileSync(join(target, "tool"), "half of it");
      throw new Error("no space left on device");
    },
  };
  await expect(provide(failing, silent)).rejects.toThrow("no space left");
  expect(readdirSync(cache)).toEqual([]);
  expect(existsSync(linked)).toBe(false);
  expect(await provide(part(["one"]), silent)).toBe("built");
});

test("other versions of it are kept for a month after they were last asked for", async () => {
  const folders = () => readdirSync(cache).length;
  for (const version of ["one", "two"]) await provide(part([version]), silent);
  const monthAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  for (const name of readdirSync(cache)) utimesSync(join(cache, name), monthAgo, monthAgo);
  mkdirSync(join(cache, "tool-of-another-name"));
  utimesSync(join(cache, "tool-of-another-name"), monthAgo, monthAgo);
  expect(await provide(part(["two"]), silent)).toBe("cached");
  expect(folders()).toBe(3);
  expect(await provide(part(["three"]), silent)).toBe("built");
  expect(folders()).toBe(3);
  expect(await provide(part(["two"]), silent)).toBe("cached");
  expect(await provide(part(["one"]), silent)).toBe("built");
});

test("what a killed build left is removed, and what another one is at is not", async () => {
  mkdirSync(join(cache, `tool.unfinished-${2 ** 22 + 1}`), { recursive: true });
  mkdirSync(join(cache, "tool.unfinished-1"));
  await provide(part(["one"]), silent);
  expect(readdirSync(cache).filter((name) => name.includes("unfinished"))).toEqual(["tool.unfinished-1"]);
});

test("what the machine has already is used, and nothing is built", async () => {
  const found: Part = { ...part(["one"]), find: () => ({ "bin/tool": process.execPath }) };
  expect(await isMissing(found)).toBe(false);
  expect(await provide(found, silent)).toBe("found");
  expect(realpathSync(linked)).toBe(realpathSync(process.execPath));
  expect(builds).toBe(0);
});

test("a Go that is too old for a module is refused, and so is none", async () => {
  const [, least] = /^go (.*)$/m.exec(readFileSync("emulator/toolchain/pulumi/go.mod", "utf8")) ?? [];
  const inputs = (version: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "go"), `#!/bin/sh\necho go version ${version} linux/amd64\n`, { mode: 0o755 });
    return goModule("pulumi", {}).inputs();
  };
  vi.stubEnv("PATH", folder);
  await expect(goModule("pulumi", {}).inputs()).rejects.toThrow("spawn go ENOENT");
  await expect(inputs("go1.25")).rejects.toThrow(`Go ${least} or later`);
  await expect(inputs("go1.9.9")).rejects.toThrow("says: go version go1.9.9");
  await expect(inputs(`go${least}`)).resolves.toContain(`go version go${least} linux/amd64`);
  await expect(inputs("go1.100rc1")).resolves.toBeDefined();
});
