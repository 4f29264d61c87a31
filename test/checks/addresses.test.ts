import fc from "fast-check";
import { expect, test } from "vitest";
import { addressBudget, addressProblems, carve } from "../../checks/addresses.ts";
import { production, settingsWith } from "./settings.ts";

const cidr = fc.constantFrom("10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16");

test("the largest safe appMaxReplicas passes, and one more fails", () => {
  fc.assert(
    fc.property(cidr, fc.integer({ min: 1, max: 100 }), (cidr, minReplicas) => {
      const settings = (maxReplicas: number) =>
        settingsWith({ network: { cidr }, app: { minReplicas, maxReplicas } });
      const { largest } = addressBudget(settings(minReplicas));
      const most = largest.appMaxReplicas ?? 0;
      expect(addressProblems(settings(most))).toEqual([]);
      expect(addressProblems(settings(most + 1)).map(({ key }) => key)).toEqual(["appMaxReplicas"]);
    }),
  );
});

test("the largest safe networkZones passes, and one more fails: a zone's addresses stay free", () => {
  const { networkZones } = addressBudget(production).largest;
  expect(networkZones).toBe(3);
  expect(addressProblems(settingsWith({ network: { zones: networkZones } }))).toEqual([]);
  const problems = addressProblems(settingsWith({ network: { zones: networkZones + 1 } }));
  expect(problems.map(({ key }) => key)).toEqual(["networkZones"]);
});

test("each kind of subnet is counted with what it holds, and production has room to spare", () => {
  const { subnets } = addressBudget(production);
  expect(subnets.map(({ kind, available, needed }) => [kind, available, needed])).toEqual([
    ["private", 8187, (12 + 1 + 3 + 1) * 33 + 16 + 8],
    ["public", 251, 9],
    ["database", 251, 3],
  ]);
  expect(subnets.map(({ cidr }) => cidr)).toEqual(
    ["private", "public", "database"].map((kind) => carve("10.0.0.0/16")[0]?.[kind as "private"]),
  );
});
