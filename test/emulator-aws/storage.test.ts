import { expect, it } from "vitest";
import { create, diff, update } from "./harness.ts";
import { createNetwork, instanceInputs } from "./world.ts";

const type = "rds/instance:Instance";

it("a growth of less than a tenth becomes a tenth, and then what was asked for would be less", async () => {
  const inputs = { ...(await instanceInputs(await createNetwork())), allocatedStorage: 100 };
  const grown = await update(type, await create(type, inputs), { ...inputs, allocatedStorage: 101 });
  expect(grown.allocatedStorage).toBe(110);
  expect(await diff(type, grown, { ...inputs, allocatedStorage: 101 })).toMatchObject({ changes: true });
  await expect(update(type, grown, { ...inputs, allocatedStorage: 101 })).rejects.toThrow(
    "Requested storage size 101 cannot be less than the current 110",
  );
});

it("a volume that RDS has grown is no difference while it may grow, and keeps its size", async () => {
  const inputs = {
    ...(await instanceInputs(await createNetwork())),
    ...{ allocatedStorage: 100, maxAllocatedStorage: 200 },
  };
  const state = { ...(await create(type, inputs)), allocatedStorage: 150 };
  expect(await diff(type, state, inputs)).toMatchObject({ changes: false });
  expect(await diff(type, state, { ...inputs, maxAllocatedStorage: 0 })).toMatchObject({ changes: true });
  expect(await diff(type, state, { ...inputs, allocatedStorage: 170 })).toMatchObject({ changes: true });
});

it("a maximum needs room for a tenth", async () => {
  const inputs = { ...(await instanceInputs(await createNetwork())), allocatedStorage: 100 };
  await expect(create(type, { ...inputs, maxAllocatedStorage: 109 })).rejects.toThrow(
    "Max storage size must be at least 10% greater than storage size",
  );
  await create(type, { ...inputs, maxAllocatedStorage: 110 });
});
