// A stack that runs, and what happens around it.
import { beforeAll, describe, expect } from "vitest";
import { up } from "../../emulator/cli/start.ts";
import { capacity } from "./capacity.ts";
import { consumer } from "./consumer.ts";
import { edit, onFreshEmulator } from "./machine.ts";

onFreshEmulator();
beforeAll(async () => {
  edit(
    "Pulumi.dev.yaml",
    (text) =>
      `${text.trimEnd()}\n  fastapi-eks:appCallers: [canary]\n  fastapi-eks:appTargetRequestsInFlight: 20\n`,
  );
  const { code, output } = await up("dev", false);
  expect(code, output).toBe(0);
});

describe("another stack", consumer);
describe("pods and nodes", capacity);
