import { expect, test } from "vitest";
import { inFlightProblems } from "../../checks/in-flight.ts";
import { service } from "../../service.ts";

const { http } = service;
const of = (targetRequestsInFlight: number, change: object) =>
  inFlightProblems({ app: { targetRequestsInFlight } }, { ...service, ...change });

test.each([
  [{ database: "sqlite" }, '0 where service.ts has database: "sqlite": one pod has the file'],
  [{ http: undefined }, "0 as long as service.ts has no http.metrics: nobody counts requests"],
  [
    { http: { ...http, metrics: undefined } },
    "0 as long as service.ts has no http.metrics: nobody counts requests",
  ],
])("with %j, pods can't be added for requests in flight", (change, allowed) => {
  const fix = "pulumi config set appTargetRequestsInFlight 0";
  expect(of(8, change)).toEqual([{ key: "appTargetRequestsInFlight", got: "8", allowed, fix }]);
  expect(of(0, change)).toEqual([]);
});

test("with pods that tell of them they can", () => {
  expect(of(8, {})).toEqual([]);
  expect(of(8, { database: "none" })).toEqual([]);
});
