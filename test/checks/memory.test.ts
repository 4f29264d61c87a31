import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryProblems } from "../../checks/memory.ts";
import { mebibytes } from "../../settings/quantity.ts";
import { settingsWith } from "./settings.ts";

const problems = (memoryRequest: string, memoryLimit: string) =>
  memoryProblems(settingsWith({ app: { memoryRequest, memoryLimit } }));

test("a request as large as the limit passes, and 1 Mi more fails", () => {
  const size = fc.tuple(fc.integer({ min: 1, max: 4096 }), fc.constantFrom("Mi", "Gi"));
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
