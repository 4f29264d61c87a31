import fc from "fast-check";
import { expect, test } from "vitest";
import { addressBudget, addressProblems, carve, ZONES } from "../../checks/addresses.ts";
import { table } from "../../settings.ts";
import { production, settingsWith } from "./settings.ts";

const cidr = fc.constantFrom("10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16");

test("the largest safe appMaxReplicas passes, and one more fails", () => {
  fc.assert(
    fc.property(cidr, fc.integer({ min: 1, max: 100 }), (cidr, minReplicas) => {
      const settings = (maxReplicas: number) =>
        settingsWith({ network: { cidr }, app: { minReplicas, maxReplicas } });
      const { largest } = addressBudget(settings(minReplicas));
      const most = largest.appMaxReplicas;
      expect(addressProblems(settings(most))).toEqual([]);
      expect(addressProblems(settings(most + 1)).map(({ key }) => key)).toEqual(["appMaxReplicas"]);
    }),
  );
});

test("a zone's addresses stay free to move to, however many zones are in use", () => {
  expect(table.network.zones.parse(String(ZONES - 1))).toBe(ZONES - 1);
  expect(table.network.zones.parse(String(ZONES))).toBeUndefined();
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
