// The emulator's commands as a person runs them.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { withLock } from "../../emulator/cli/lock.ts";
import { dataPath } from "../../emulator/engines/instance.ts";
import { instance, removeProgram } from "./machine.ts";

afterAll(removeProgram);

function command(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["emulator/cli/main.ts", ...args], {
    encoding: "utf8",
    env: { ...process.env, FASTAPI_EKS_EMULATOR_INSTANCE: instance, ...env },
  });
  return { status, output: stdout + stderr };
}

test("a second command says who is at work", async () => {
  const second = await withLock("npm run start", async () => command(["stop"]));
  expect(second.status).toBe(1);
  expect(second.output).toContain(`\`npm run start\` (pid ${process.pid}`);
});

test("the lock of a killed command is free", async () => {
  await withLock("npm run start", async () => {
    writeFileSync(
      dataPath("lock.json"),
      JSON.stringify({ pid: 2 ** 22 - 1, startTime: "1", command: "npm start" }),
    );
    expect(command(["stop"])).toMatchObject({ status: 0 });
  });
});

test.each(["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"])(
  "%s is refused, and how to go on is said",
  (name) => {
    const { status, output } = command(["start"], { [name]: "something" });
    expect(status).toBe(1);
    expect(output).toContain(`${name} is set`);
    expect(output).toContain(`env -u ${name} npm start`);
    expect(output).not.toContain("something");
  },
);

test("an unknown command or instance names those that exist", () => {
  expect(command(["begin"]).output).toContain("start, pulumi, kubectl, stop, reset");
  expect(command(["stop"], { FASTAPI_EKS_EMULATOR_INSTANCE: "prod" }).output).toContain("default, test");
});
