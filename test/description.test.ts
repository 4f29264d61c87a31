import { expect, test } from "vitest";
import { descriptionProblems } from "../description/check.ts";
import { service } from "../service.ts";
import { program } from "./harness.ts";

test("the sample's description is right", () => {
  expect(descriptionProblems(service)).toEqual([]);
});

test("a variable without its known value is left out: no database, no database's variables", async () => {
  const [recording] = await program("prod");
  const { data } = recording.get(`${service.name}-settings`).inputs;
  expect(Object.keys(data)).not.toContain("APP_IMAGE");
  expect(Object.keys(data)).toContain("APP_DATABASE_NAME");
});

test("another name than the one that runs is refused before anything is asked for, with what it would replace", async () => {
  const deployed = { namespace: "invoices" };
  await expect(program("prod", { deployed })).rejects.toThrow(
    /^service\.ts:\d+ name: got orders, while the stack runs invoices; .*namespace.*database.*fix: set it back/s,
  );
});

test("the same name as the one that runs is fine, and so is a stack without outputs", async () => {
  const [recording] = await program("prod", { deployed: { namespace: service.name } });
  expect(recording.get(`${service.name}-namespace`).inputs.metadata.name).toBe(service.name);
  await expect(program("prod", { deployed: {} })).resolves.toBeDefined();
});
