import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectionBudget, connectionProblems } from "../../checks/connections.ts";
import { instanceClasses, maxConnections } from "../../components/instance-classes.ts";
import type { Settings } from "../../settings.ts";
import { production, settingsWith } from "./settings.ts";

const anyone = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 20 }),
    more: fc.integer({ min: 0, max: 200 }),
    workers: fc.integer({ min: 1, max: 16 }),
    poolSize: fc.integer({ min: 1, max: 100 }),
    maxOverflow: fc.integer({ min: 0, max: 100 }),
    instanceClass: fc.constantFrom(...instanceClasses),
  })
  .map(({ minReplicas, more, workers, ...database }) =>
    settingsWith({ app: { minReplicas, maxReplicas: minReplicas + more, workers }, database }),
  );

const change: Record<string, (settings: Settings, value: number) => Settings> = {
  appMaxReplicas: ({ app, ...rest }, maxReplicas) => ({ ...rest, app: { ...app, maxReplicas } }),
  appWorkers: ({ app, ...rest }, workers) => ({ ...rest, app: { ...app, workers } }),
  databasePoolSize: ({ database, ...rest }, poolSize) => ({ ...rest, database: { ...database, poolSize } }),
  databaseMaxOverflow: ({ database, ...rest }, maxOverflow) => ({
    ...rest,
    database: { ...database, maxOverflow },
  }),
};

describe.each(Object.entries(change))("the largest safe %s", (knob, set) => {
  const largest = (settings: Settings) => connectionBudget(settings).largest[knob as "appMaxReplicas"];

  test("passes, and one more fails", () => {
    fc.assert(
      fc.property(anyone, (settings) => {
        const value = largest(settings);
        fc.pre(value !== undefined);
        expect(connectionProblems(set(settings, value))).toEqual([]);
        expect(connectionProblems(set(settings, value + 1))).toHaveLength(1);
      }),
    );
  });

  test("is missing only where the least that can be set fails too", () => {
    fc.assert(
      fc.property(anyone, (settings) => {
        fc.pre(largest(settings) === undefined);
        const { minReplicas } = settings.app;
        const least = { appMaxReplicas: minReplicas, appWorkers: 1, databasePoolSize: 1 }[knob] ?? 0;
        expect(connectionProblems(set(settings, least))).toHaveLength(1);
      }),
    );
  });
});

test("the smallest class that is named is enough, and every smaller one isn't", () => {
  fc.assert(
    fc.property(anyone, (settings) => {
      const { smallestClass, needed } = connectionBudget(settings);
      const enough = instanceClasses.filter((candidate) => needed <= maxConnections(candidate));
      expect(smallestClass).toBe(enough[0]);
    }),
  );
});

test("the combination passes, and is no more than pool sizes, workers and replicas allow", () => {
  fc.assert(
    fc.property(anyone, fc.integer({ min: 1, max: 1000 }), (settings, minReplicas) => {
      const { workers } = settings.app;
      const crowded = settingsWith({
        app: { minReplicas, maxReplicas: 1000, workers },
        database: settings.database,
      });
      const { combination } = connectionBudget(crowded);
      const { appMinReplicas, appMaxReplicas, appWorkers, databasePoolSize, databaseMaxOverflow } =
        combination;
      const app = {
        minReplicas: appMinReplicas ?? minReplicas,
        maxReplicas: appMaxReplicas ?? 1000,
        workers: appWorkers ?? workers,
      };
      const database = { poolSize: databasePoolSize ?? 0, maxOverflow: databaseMaxOverflow ?? 1 };
      const { instanceClass } = settings.database;
      expect(connectionProblems(settingsWith({ app, database: { instanceClass, ...database } }))).toEqual([]);
      expect(app.minReplicas).toBeLessThanOrEqual(app.maxReplicas);
      expect(database.poolSize).toBeGreaterThanOrEqual(1);
    }),
  );
});

test("the budget counts the most replicas, the surge, workers, readiness, the migration and a reserve", () => {
  expect(connectionBudget(production)).toMatchObject({
    available: 640,
    needed: (12 + 1) * 1 * (10 + 0 + 1) + 1 + 10,
    largest: { appMaxReplicas: 56, databasePoolSize: 47, databaseMaxOverflow: 37 },
    smallestClass: "db.t4g.small",
  });
  expect(connectionBudget(settingsWith({ app: { workers: 3 } }))).toMatchObject({
    needed: (12 + 1) * 3 * (10 + 0 + 1) + 1 + 10,
    largest: { appMaxReplicas: 18, appWorkers: 4, databasePoolSize: 15, databaseMaxOverflow: 5 },
    smallestClass: "db.t4g.large",
  });
  expect(maxConnections("db.t4g.small")).toBe(160);
  expect(maxConnections("db.r7g.2xlarge")).toBe(5000);
});
