import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { availabilityBudget, availabilityProblems } from "../../checks/availability.ts";
import { EVICTABLE, LEAST_ZONES } from "../../components/rollout.ts";
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

describe("what the scheduler's rule leaves", () => {
  /** Pods by zone, for the zones that have nodes. */
  type Placed = Map<number, number>;

  /** kube-scheduler's rule for maxSkew 1: the zones with nodes that may take one more pod. */
  const open = (pods: Placed) => {
    const least = pods.size < LEAST_ZONES ? 0 : Math.min(...pods.values());
    return [...pods.keys()].filter((zone) => (pods.get(zone) ?? 0) + 1 - least <= 1);
  };

  /** Puts a pod where chance wants it; where the rule allows no zone, Auto Mode starts a node in one of the `free`. */
  const place = (pods: Placed, free: number[], chance: number): boolean => {
    const zones = open(pods);
    const zone = zones.length > 0 ? zones[chance % zones.length] : free.find((one) => !pods.has(one));
    if (zone === undefined) return false;
    pods.set(zone, (pods.get(zone) ?? 0) + 1);
    return true;
  };

  const fill = (zones: number[], minReplicas: number, chances: number[]) => {
    const pods: Placed = new Map([[0, 0]]);
    for (let pod = 0; pod < minReplicas; pod++) {
      expect(place(pods, zones, chances[pod % chances.length] as number)).toBe(true);
    }
    return pods;
  };

  const chances = fc.array(fc.nat(), { minLength: 1, maxLength: 20 });
  const world = fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 1, max: 40 }), chances);
  const numbers = (zones: number) => Array.from({ length: zones }, (_, zone) => zone);

  test("of any zone that is lost, wherever the pods came to be: never less than the budget says", () => {
    const worst = new Map<number, number>();
    fc.assert(
      fc.property(world, ([zones, minReplicas, chances]) => {
        const pods = fill(numbers(zones), minReplicas, chances);
        const { leftWithoutZone } = availabilityBudget(
          settingsWith({ network: { zones }, app: { minReplicas, maxReplicas: 40 } }),
        );
        const left = minReplicas - Math.max(...pods.values());
        expect(left).toBeGreaterThanOrEqual(leftWithoutZone);
        if (left === leftWithoutZone) worst.set(zones, left);
      }),
    );
    // And no more than can happen.
    expect([...worst.keys()].sort()).toEqual([2, 3]);
  });

  test("of three zones, what a lost one took starts in the others; of two, it waits", () => {
    fc.assert(
      fc.property(world, ([zones, minReplicas, chances]) => {
        fc.pre(minReplicas >= LEAST_ZONES);
        const pods = fill(numbers(zones), minReplicas, chances);
        const lost = [...pods.keys()].at(-1) as number;
        const gone = pods.get(lost) as number;
        pods.delete(lost);
        const others = numbers(zones).filter((zone) => zone !== lost);
        for (let pod = 0; pod < gone; pod++) expect(place(pods, others, pod)).toBe(zones > LEAST_ZONES);
      }),
    );
  });
});
