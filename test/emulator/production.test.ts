// The production stack: up without a flag that dev doesn't need, and protected.
import { afterAll, beforeAll, expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { reset } from "../../emulator/cli/services.ts";
import { setUp } from "../../emulator/cli/set-up.ts";
import { publishStack, serveOneRequest, up } from "../../emulator/cli/start.ts";
import { removeProgram } from "./machine.ts";

const stack = "prod";

beforeAll(async () => {
  await reset();
  await setUp();
});

afterAll(async () => {
  await reset();
  removeProgram();
});

test("destroy is refused with a list of what protects the stack, and nothing is deleted", async () => {
  const created = await up(stack, false);
  expect(created.code, created.output).toBe(0);
  const url = await publishStack(stack);

  const { code, output } = await pulumi(stack, ["destroy", "--yes"], false);
  expect(code).not.toBe(0);
  for (const name of ["cluster-eks", "database-postgres"]) expect(output).toContain(name);
  expect(output).toContain("cannot be deleted");
  expect(output).not.toContain("deleted (");
  expect(await serveOneRequest(url)).toMatchObject({ status: "placed" });
});
