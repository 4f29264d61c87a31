// A stack that runs, and what happens around it.
import { beforeAll, describe } from "vitest";
import { capacity } from "./capacity.ts";
import { consumer } from "./consumer.ts";
import { bringUp, edit, onFreshEmulator } from "./machine.ts";
import { restore } from "./restore.ts";

onFreshEmulator();
beforeAll(async () => {
  const settings = ["appCallers: [canary]", "appTargetRequestsInFlight: 20", "databaseFinalSnapshot: true"];
  const lines = settings.map((setting) => `  fastapi-eks:${setting}\n`);
  edit("Pulumi.dev.yaml", (text) => text.replace(/ .*databaseFinalSnapshot.*\n/, "") + lines.join(""));
  await bringUp("dev");
});

describe("another stack", consumer);
describe("pods and nodes", capacity);
describe("data are lost and come back", restore);
