// Where services are published: each on a port of its own, whoever else looks for one.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { publish } from "../../emulator/cli/publish.ts";
import { runningNames, stopProcess } from "../../emulator/engines/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "publish-"));
vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", folder);
vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "1");

afterAll(async () => {
  for (const name of runningNames()) await stopProcess(name);
  rmSync(folder, { recursive: true });
});

it("publishes at once on different ports, and takes connections on each", async () => {
  const clusters = ["one", "two", "three"];
  const urls = await Promise.all(clusters.map((cluster) => publish(cluster, "orders", "orders")));
  expect(new Set(urls).size).toBe(3);
  for (const url of urls) {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  }
});
