import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { identify, isAlive } from "../../emulator/engines/processes.ts";

test("a plugin ends after the engine that was killed", async () => {
  const plugin = join(process.cwd(), "emulator", "bin", "pulumi-resource-random");
  // The shell is in the engine's place; it tells the plugin's pid, and the plugin its port.
  const engine = spawn("sh", ["-c", '"$0" & echo $!; wait', plugin]);
  let output = "";
  engine.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/^\d+\n\d+\n$/);
  const running = identify(Number.parseInt(output, 10));
  expect(isAlive(running)).toBe(true);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  await expect.poll(() => isAlive(running), { timeout: 20_000 }).toBe(false);
}, 60_000);
