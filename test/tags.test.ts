// Tags on the real program: every resource that takes them has all of them.
import { describe, expect, test } from "vitest";
import { program } from "./harness.ts";
import { takesTags } from "./taggable.ts";

const tags = JSON.stringify({ team: "payments", "cost center": "42" });

describe.each(["dev", "prod"])("%s", (stack) => {
  test.each([true, false])("whatever takes tags has all of them, with preview = %s", async (preview) => {
    const [{ resources }] = await program(stack, { preview, set: { tags } });
    const taggable = resources.filter(({ type }) => type.startsWith("aws:") && takesTags(type));
    expect(taggable.length).toBeGreaterThan(30);
    for (const { name, inputs } of taggable) {
      expect({ name, ...inputs.tags }).toMatchObject({
        name,
        project: "fastapi-eks",
        environment: stack,
        team: "payments",
        "cost center": "42",
      });
    }
  });
});

test("whatever takes none is given none", async () => {
  const [{ resources }] = await program("prod", { set: { tags } });
  const others = resources.filter(({ type }) => !type.startsWith("aws:") || !takesTags(type));
  expect(others.length).toBeGreaterThan(20);
  expect(others.filter(({ inputs }) => "tags" in inputs)).toEqual([]);
});

test("a resource's own tags stay", async () => {
  const [recording] = await program("prod");
  expect(recording.get("network-public-1", "Subnet").inputs.tags).toEqual({
    Name: "network-public-1",
    "kubernetes.io/role/elb": "1",
    project: "fastapi-eks",
    environment: "prod",
  });
});

test("the database's snapshots take its tags over", async () => {
  const [recording] = await program("prod");
  expect(recording.get("database-postgres").inputs.copyTagsToSnapshot).toBe(true);
});
