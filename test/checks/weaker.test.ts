import { expect, test } from "vitest";
import { weakerChoices } from "../../checks/weaker.ts";
import { service } from "../../service.ts";
import { checkSettings } from "../../settings/load.ts";
import { ownConfig, program } from "../harness.ts";

const choices = (set: Record<string, string>) =>
  weakerChoices(checkSettings({ ...ownConfig("prod"), ...set }), service);

test.each<[set: Record<string, string>, key: string, cost: string]>([
  [{ networkZones: "2" }, "networkZones", "new pods wait"],
  [{ networkNatGateways: "one" }, "networkNatGateways", "cuts every node off"],
  [{ databaseMultiAz: "false" }, "databaseMultiAz", "an outage of its zone"],
  [{ databaseFinalSnapshot: "false" }, "databaseFinalSnapshot", "the data goes"],
  [{ databaseBackupRetentionDays: "6" }, "databaseBackupRetentionDays", "a week later"],
  [{ databaseInstanceClass: "db.t4g.large" }, "databaseInstanceClass", "burstable"],
  [{ appMaxReplicas: "45" }, "appMaxReplicas", "more than 80 %"],
  [{ databasePoolPrePing: "false" }, "databasePoolPrePing", "after a failover"],
  [{ appMinReplicas: "2" }, "appMinReplicas", "one pod"],
  [{ appLogLevel: "DEBUG" }, "appLogLevel", "every probe"],
  [{ appDocs: "true" }, "appDocs", "how it is called"],
])("%j is accepted where protect is true, and named with what it costs", (set, key, cost) => {
  const [line, ...more] = choices(set);
  expect(more).toEqual([]);
  expect(line?.startsWith(`${key}: weaker than production's`)).toBe(true);
  expect(line).toContain(cost);
  expect(choices({ ...set, protect: "false" })).toEqual([]);
});

test("several are one line, which begins with what they are", () => {
  expect(choices({ databaseMultiAz: "false", appDocs: "true" })).toEqual([
    expect.stringMatching(
      /^databaseMultiAz, appDocs: weaker than .*\(an outage .*\); appDocs \(whoever .*\)$/,
    ),
  ]);
});

test("a choice that is as good as production's isn't named, nor the stacks as they are", () => {
  expect(choices({ databaseBackupRetentionDays: "7", appMaxReplicas: "44", appLogLevel: "ERROR" })).toEqual(
    [],
  );
  expect(weakerChoices(checkSettings(ownConfig("prod")), service)).toEqual([]);
  expect(weakerChoices(checkSettings(ownConfig("dev")), service)).toEqual([]);
});

test("preview and plan warn of it once", async () => {
  const warnings = async (set: Record<string, string>) => {
    const [recording] = await program("prod", { set, preview: true });
    return recording.warnings.filter((warning) => warning.includes("weaker than production's"));
  };
  expect(await warnings({ appDocs: "true" })).toHaveLength(1);
  expect(await warnings({})).toEqual([]);
});
