import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { poolerBudget, poolerClients, poolerProblems } from "../../checks/pooler.ts";
import { instanceClasses, maxConnections } from "../../components/instance-classes.ts";
import { settingsWith } from "./settings.ts";

const anyone = fc.record({
  protect: fc.boolean(),
  replicas: fc.integer({ min: 2, max: 10 }),
  size: fc.integer({ min: 1, max: 1000 }),
  instanceClass: fc.constantFrom(...instanceClasses),
});

const with_ = ({ protect, replicas, size, instanceClass }: ValueOf<typeof anyone>) =>
  settingsWith({ protect, pooler: { replicas, size }, database: { instanceClass } });
type ValueOf<T> = T extends fc.Arbitrary<infer V> ? V : never;

const problems = (settings: Parameters<typeof poolerProblems>[0]) =>
  poolerProblems(settings, { database: "postgresql" });

describe.each([
  ["poolerSize", "size"],
  ["poolerReplicas", "replicas"],
] as const)("the largest safe %s", (key, name) => {
  test("passes, and one more fails", () => {
    fc.assert(
      fc.property(anyone, (one) => {
        const value = poolerBudget(with_(one)).largest[key];
        fc.pre(value !== undefined);
        expect(problems(with_({ ...one, [name]: value }))).toEqual([]);
        expect(problems(with_({ ...one, [name]: (value ?? 0) + 1 }))).toHaveLength(1);
      }),
    );
  });
});

test("the largest safe poolerReplicas is missing only where the least fails too", () => {
  fc.assert(
    fc.property(anyone, (one) => {
      fc.pre(poolerBudget(with_(one)).largest.poolerReplicas === undefined);
      expect(problems(with_({ ...one, replicas: one.protect ? 2 : 1 }))).toHaveLength(1);
    }),
  );
});

test("the smallest class is enough, and every one is for some poolerSize", () => {
  fc.assert(
    fc.property(anyone, (one) => {
      const { smallestClass, needed, largest } = poolerBudget(with_(one));
      const enough = instanceClasses.filter((candidate) => needed <= maxConnections(candidate));
      expect(smallestClass).toBe(enough[0]);
      expect(largest.poolerSize).toBeGreaterThanOrEqual(1);
    }),
  );
});

test("it counts those that an update replaces, two logins, the migration and a reserve", () => {
  const settings = settingsWith({ pooler: { replicas: 3, size: 20 } });
  expect(poolerBudget(settings)).toMatchObject({
    needed: 3 * 2 * 2 * 20 + 1 + 10,
    available: 640,
    largest: { poolerSize: 52, poolerReplicas: 7 },
  });
});

test("each takes the service's connections twice: of pods that come, and of those that go", () => {
  const settings = settingsWith({ app: { workers: 2 }, database: { maxOverflow: 3 } });
  expect(poolerClients(settings)).toBe(2 * 13 * 2 * (10 + 3 + 1));
});

test("one alone is refused where it is protected, and none never is", () => {
  const of = (protect: boolean, replicas: number) =>
    problems(settingsWith({ protect, pooler: { replicas } }));
  expect(of(true, 1)).toMatchObject([{ key: "poolerReplicas", fix: "pulumi config set poolerReplicas 2" }]);
  expect(of(false, 1)).toEqual([]);
  expect(of(true, 0)).toEqual([]);
});

test.each(["sqlite", "none"] as const)("in front of %s there is nothing to pool", (database) => {
  const of = (replicas: number) =>
    poolerProblems(settingsWith({ pooler: { replicas, size: 20 } }), { database });
  expect(of(2)).toMatchObject([{ key: "poolerReplicas", fix: "pulumi config set poolerReplicas 0" }]);
  expect(of(0)).toEqual([]);
});
