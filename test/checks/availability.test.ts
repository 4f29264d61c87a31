import fc from "fast-check";
import { expect, test } from "vitest";
import { availabilityBudget, availabilityProblems, EVICTABLE } from "../../checks/availability.ts";
import { settingsWith } from "./settings.ts";

const anyone = fc.record({
  protect: fc.boolean(),
  zones: fc.integer({ min: 2, max: 3 }),
  maxReplicas: fc.integer({ min: 2, max: 1000 }),
});

const problems = (protect: boolean, zones: number, minReplicas: number, maxReplicas: number) =>
  availabilityProblems(settingsWith({ protect, network: { zones }, app: { minReplicas, maxReplicas } }));

test("appMinReplicas: smallest and largest safe value pass; one less and one more fail", () => {
  fc.assert(
    fc.property(anyone, ({ protect, zones, maxReplicas }) => {
      const settings = settingsWith({ protect, network: { zones }, app: { minReplicas: 2, maxReplicas } });
      const { smallest, largest } = availabilityBudget(settings);
      const of = (minReplicas: number) => problems(protect, zones, minReplicas, maxReplicas);
      expect(of(smallest.appMinReplicas)).toEqual([]);
      expect(of(largest.appMinReplicas)).toEqual([]);
      expect(of(largest.appMinReplicas + 1)).toHaveLength(1);
      // Without protect the smallest is the least that may be set at all.
      expect(of(smallest.appMinReplicas - 1)).toHaveLength(protect ? 1 : 0);
    }),
  );
});

test("a protected stack serves through a drain and through the loss of a zone", () => {
  fc.assert(
    fc.property(anyone, fc.integer({ min: 1, max: 1000 }), ({ zones, maxReplicas }, minReplicas) => {
      fc.pre(problems(true, zones, minReplicas, maxReplicas).length === 0);
      const budget = availabilityBudget(
        settingsWith({ network: { zones }, app: { minReplicas, maxReplicas } }),
      );
      expect(budget.leftInDrain).toBeGreaterThanOrEqual(1);
      expect(budget.leftWithoutZone).toBeGreaterThanOrEqual(1);
    }),
  );
});

test("a drain is never refused outright", () => {
  expect(EVICTABLE).toBeGreaterThanOrEqual(1);
});
