import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryBudget, memoryProblems } from "../../checks/memory.ts";
import { mebibytes } from "../../settings/quantity.ts";
import { settingsWith } from "./settings.ts";

const problems = (memoryRequest: string, memoryLimit: string) =>
  memoryProblems(settingsWith({ app: { memoryRequest, memoryLimit } }));

test("a request as large as the limit passes, and 1 Mi more fails", () => {
  const size = fc.tuple(fc.integer({ min: 96, max: 4096 }), fc.constantFrom("Mi", "Gi"));
  fc.assert(
    fc.property(size, ([amount, unit]) => {
      const limit = `${amount}${unit}`;
      const inMi = unit === "Gi" ? amount * 1024 : amount;
      expect(mebibytes(limit)).toBe(inMi);
      expect(problems(limit, limit)).toEqual([]);
      expect(problems(`${inMi}Mi`, limit)).toEqual([]);
      expect(problems(`${inMi + 1}Mi`, limit).map(({ fix }) => fix)).toEqual([
        `pulumi config set appMemoryLimit ${inMi + 1}Mi`,
      ]);
    }),
  );
});

test("a limit that just holds the workers passes, and 1 Mi less or a worker more fails", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 16 }), (workers) => {
      const pod = (workers: number, limit: number) =>
        settingsWith({ app: { workers, memoryRequest: "96Mi", memoryLimit: `${limit}Mi` } });
      const { neededMiB } = memoryBudget(pod(workers, 512));
      expect(memoryProblems(pod(workers, neededMiB))).toEqual([]);
      expect(memoryBudget(pod(workers, neededMiB)).largest).toEqual({ appWorkers: workers });
      expect(memoryProblems(pod(workers + 1, neededMiB))).toHaveLength(1);
      expect(memoryProblems(pod(workers, neededMiB - 1))[0]).toMatchObject({
        key: "appMemoryLimit",
        allowed: expect.stringContaining(`${neededMiB}Mi or more`),
        fix: `pulumi config set appMemoryLimit ${neededMiB}Mi, or pulumi config set appWorkers ${workers - 1}`,
      });
    }),
  );
});

test("pods aren't added for memory that idle ones have already", () => {
  const app = { memoryRequest: "128Mi", workers: 2 };
  const problems = (targetMemoryPercent: number, changes = {}) =>
    memoryProblems(settingsWith({ app: { ...app, ...changes, targetMemoryPercent } })).map(({ fix }) => fix);
  expect(problems(0)).toEqual([]);
  expect(problems(100)).toEqual([]);
  expect(problems(99)).toEqual(["pulumi config set appTargetMemoryPercent 100"]);
  expect(problems(50, { workers: 4 })).toEqual(["pulumi config set appMemoryRequest 384Mi"]);
  expect(problems(50, { workers: 4, memoryRequest: "384Mi" })).toEqual([]);
});

test("a request that only the raised limit holds is no problem of its own", () => {
  const app = { workers: 8, memoryRequest: "200Mi", memoryLimit: "128Mi" };
  expect(memoryProblems(settingsWith({ app })).map(({ key }) => key)).toEqual(["appMemoryLimit"]);
});
