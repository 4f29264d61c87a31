import { expect, test } from "vitest";
import { addressBudget, MOST_POOLERS, MOST_REPLICAS } from "../../checks/addresses.ts";
import { carve, ZONES } from "../../components/subnets.ts";
import { table } from "../../settings.ts";
import { production, settingsWith } from "./settings.ts";

test("the most replicas that can be set fit into one zone, and one more doesn't", () => {
  const [fits, tooMany] = [MOST_REPLICAS, MOST_REPLICAS + 1].map((maxReplicas) =>
    addressBudget(
      settingsWith({
        externalSecrets: true,
        pooler: { replicas: MOST_POOLERS },
        app: { maxReplicas, targetRequestsInFlight: 20 },
      }),
    ).subnets.every(({ needed, available }) => needed <= available),
  );
  expect([fits, tooMany]).toEqual([true, false]);
});

test("a zone's addresses stay free to move to, however many zones are in use", () => {
  expect(table.network.zones.parse(String(ZONES - 1))).toEqual({ value: ZONES - 1 });
  expect(table.network.zones.parse(String(ZONES))).toEqual({ fault: {} });
});

test("each kind of subnet is counted with what it holds, and production has room to spare", () => {
  const { subnets } = addressBudget(production);
  expect(subnets.map(({ kind, available, needed }) => [kind, available, needed])).toEqual([
    ["private", 8187, (12 + 1 + 4 + 1) * 33 + 16 + 8],
    ["public", 251, 9],
    ["database", 251, 3],
  ]);
  expect(subnets.map(({ cidr }) => cidr)).toEqual(
    ["private", "public", "database"].map((kind) => carve("10.0.0.0/16")[0]?.[kind as "private"]),
  );
});

test("what runs beside the service is counted as often as an update has it twice", () => {
  const { subnets } = addressBudget(
    settingsWith({ externalSecrets: true, pooler: { replicas: 3 }, app: { targetRequestsInFlight: 20 } }),
  );
  expect(subnets[0]?.sum).toMatch(/^\(12 \+ 1 surge \+ 14 other pods \+ 1 node being replaced\) × 33 /);
});
