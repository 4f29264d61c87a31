// eks.Addon: what is deployed, and when AWS calls it created.
import { beforeEach, expect, it } from "vitest";
import * as engines from "./engines.ts";
import { create, destroy, stateFiles } from "./harness.ts";
import { clusterInputs, createNetwork } from "./world.ts";

const type = "eks/addon:Addon";
const inputs = { clusterName: "service", addonName: "metrics-server" };

beforeEach(async () => {
  await create("eks/cluster:Cluster", await clusterInputs(await createNetwork()));
});

it("deploys metrics-server and waits for its pods; deleting the add-on removes it", async () => {
  const addon = await create(type, inputs);
  expect(engines.deployMetricsServer).toHaveBeenCalledExactlyOnceWith("service", 1200);
  await destroy(type, addon);
  expect(engines.removeMetricsServer).toHaveBeenCalledExactlyOnceWith("service");
});

it("fails as AWS does when the pods don't run in time, and leaves no record", async () => {
  const before = Object.keys(stateFiles());
  engines.deployMetricsServer.mockRejectedValueOnce(new Error("1 of 2 updated replicas are available"));
  await expect(create(type, inputs)).rejects.toThrow(
    /^InsufficientNumberOfReplicas: .*service:metrics-server.*last state: 'DEGRADED', timeout: 20m0s.*1 of 2/,
  );
  expect(Object.keys(stateFiles())).toEqual(before);
});

it("leaves what it deployed when it is to be preserved", async () => {
  await destroy(type, await create(type, { ...inputs, preserve: true }));
  expect(engines.removeMetricsServer).not.toHaveBeenCalled();
});

it("deploys no other add-on", async () => {
  await create(type, { ...inputs, addonName: "snapshot-controller" });
  expect(engines.deployMetricsServer).not.toHaveBeenCalled();
});
