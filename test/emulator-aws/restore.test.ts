import { beforeEach, describe, expect, it, vi } from "vitest";
import * as engines from "./engines.ts";
import { create, destroy, diff, type Outputs, update } from "./harness.ts";
import { createNetwork, instanceInputs } from "./world.ts";

const type = "rds/instance:Instance";
const earliest = "2026-11-01T00:00:00.000Z";
const past = "2026-11-10T12:00:00Z";

let inputs: Outputs;
/** Without what a backup brings with it. */
let restored: Outputs;

beforeEach(async () => {
  engines.earliestRestorableTime.mockReturnValue(new Date(earliest));
  const key = await create("kms/key:Key", {});
  inputs = {
    ...(await instanceInputs(await createNetwork())),
    ...{ storageEncrypted: true, kmsKeyId: key.arn, backupRetentionPeriod: 7, allocatedStorage: 30 },
  };
  const { dbName: _, kmsKeyId: __, ...rest } = inputs;
  restored = { ...rest, identifier: "service-2" };
});

const at = (source: Outputs, restoreTime = past) => ({
  ...restored,
  restoreToPointInTime: { restoreTime, ...source },
});

describe("an instance from a backup", () => {
  it("is the other one as it was at a time, beside it", async () => {
    const source = await create(type, inputs);
    const instance = await create(type, at({ sourceDbInstanceIdentifier: "service" }));
    expect(engines.createInstance).toHaveBeenLastCalledWith(
      expect.objectContaining({
        identifier: "service-2",
        backupRetentionDays: 7,
        origin: { resourceId: source.resourceId, time: past },
      }),
    );
    expect(instance).toMatchObject({ dbName: "service", username: "service", kmsKeyId: source.kmsKeyId });
    expect(instance.resourceId).not.toBe(source.resourceId);
    expect(await diff(type, instance, at({ sourceDbInstanceIdentifier: "service" }))).toMatchObject({
      changes: false,
    });
  });

  it("can be of one that is gone, by its last snapshot or the backups that were kept", async () => {
    const kept = { skipFinalSnapshot: false, finalSnapshotIdentifier: "last", deleteAutomatedBackups: false };
    const source = await create(type, { ...inputs, ...kept });
    await destroy(type, source);
    expect(engines.deleteInstance).toHaveBeenCalledWith("service", { backups: true, snapshot: "last" });
    await create(type, at({ sourceDbiResourceId: source.resourceId }));
    await create(type, { ...restored, identifier: "service-3", snapshotIdentifier: "last" });
    expect(engines.createInstance).toHaveBeenLastCalledWith(
      expect.objectContaining({ identifier: "service-3", origin: { snapshot: "last" } }),
    );
    const arn = "arn:aws:rds:eu-central-1:000000000000:snapshot:last";
    await create(type, { ...restored, identifier: "service-4", snapshotIdentifier: arn });
  });

  it("is the other one as it was last, without a time, also when that is gone", async () => {
    const source = await create(type, { ...inputs, deleteAutomatedBackups: false });
    const latest = { useLatestRestorableTime: true, sourceDbiResourceId: source.resourceId };
    const origin = { resourceId: source.resourceId, time: undefined };
    await create(type, { ...restored, restoreToPointInTime: latest });
    expect(engines.createInstance).toHaveBeenLastCalledWith(expect.objectContaining({ origin }));
    await destroy(type, source);
    await create(type, { ...restored, identifier: "service-3", restoreToPointInTime: latest });
    expect(engines.createInstance).toHaveBeenLastCalledWith(expect.objectContaining({ origin }));
  });

  it("has the volume of a time's instance, whatever is asked for: the next update changes it", async () => {
    await create(type, inputs);
    const larger = { ...at({ sourceDbInstanceIdentifier: "service" }), allocatedStorage: 40 };
    const instance = await create(type, larger);
    expect(instance.allocatedStorage).toBe(30);
    expect(await diff(type, instance, larger)).toMatchObject({ changes: true, replaces: [] });
    expect(await update(type, instance, larger)).toMatchObject({ allocatedStorage: 40 });
  });

  it("would be replaced for another key, and isn't restored again for another time", async () => {
    await create(type, inputs);
    const first = at({ sourceDbInstanceIdentifier: "service" });
    const instance = await create(type, first);
    const other = await create("kms/key:Key", {});
    expect((await diff(type, instance, { ...first, kmsKeyId: other.arn })).replaces).toEqual(["kmsKeyId"]);
    const later = at({ sourceDbInstanceIdentifier: "service" }, "2026-11-11T12:00:00Z");
    expect(await diff(type, instance, later)).toMatchObject({ changes: true, replaces: [] });
    const { restoreToPointInTime: _, ...without } = { ...first, dbName: "service" };
    expect((await diff(type, instance, without)).replaces).toEqual(["restoreToPointInTime"]);
  });
});

describe("a restore is refused", () => {
  it.each([
    ["before the first backup", "2026-10-31T00:00:00Z", /^InvalidParameterValue: .*restorable: 2026-11-01/],
    ["in the future", "2099-01-01T00:00:00Z", /^InvalidParameterValue: .*cannot be restored to 2099/],
    ["that isn't one", "yesterday", /restoreTime is "yesterday"; allowed: a time in UTC/],
  ])("to a time %s", async (_what, time, message) => {
    await create(type, inputs);
    await expect(create(type, at({ sourceDbInstanceIdentifier: "service" }, time))).rejects.toThrow(message);
  });

  it("to a time after the instance's end", async () => {
    const source = await create(type, { ...inputs, deleteAutomatedBackups: false });
    vi.useFakeTimers({ now: Date.parse("2026-11-20T12:00:00Z"), toFake: ["Date"] });
    try {
      await destroy(type, source);
      vi.setSystemTime("2026-11-21T12:00:00Z");
      const kept = { sourceDbiResourceId: source.resourceId };
      await expect(create(type, at(kept, "2026-11-20T12:00:01Z"))).rejects.toThrow(
        /^InvalidParameterValue: .*restorable: 2026-11-01T00:00:00.000Z to 2026-11-20T12:00:00.000Z/,
      );
      await create(type, at(kept, "2026-11-20T12:00:00Z"));
    } finally {
      vi.useRealTimers();
    }
  });

  it("from an instance that keeps no backups, or isn't there, and from a snapshot that isn't there", async () => {
    await create(type, { ...inputs, backupRetentionPeriod: 0 });
    await expect(create(type, at({ sourceDbInstanceIdentifier: "service" }))).rejects.toThrow(
      /^PointInTimeRestoreNotEnabled/,
    );
    await expect(create(type, at({ sourceDbInstanceIdentifier: "other" }))).rejects.toThrow(
      /^DBInstanceNotFound/,
    );
    await expect(create(type, at({ sourceDbiResourceId: "db-GONE" }))).rejects.toThrow(
      /^DBInstanceAutomatedBackupNotFound/,
    );
    await expect(create(type, { ...restored, snapshotIdentifier: "none" })).rejects.toThrow(
      /^DBSnapshotNotFound/,
    );
  });

  it("without one source and one time, or from two origins", async () => {
    const source = { sourceDbInstanceIdentifier: "service" };
    for (const restoreToPointInTime of [
      source,
      { restoreTime: past },
      { ...source, sourceDbiResourceId: "x" },
    ]) {
      await expect(create(type, { ...restored, restoreToPointInTime })).rejects.toThrow(
        /^InvalidParameterCombination: restoreToPointInTime needs/,
      );
    }
    await expect(create(type, { ...at(source), snapshotIdentifier: "last" })).rejects.toThrow(
      "conflicts with",
    );
    await expect(create(type, restored)).rejects.toThrow("dbName is required");
  });

  it("to an older version, another family, or a smaller volume than the snapshot's", async () => {
    const kept = { skipFinalSnapshot: false, finalSnapshotIdentifier: "last" };
    await destroy(type, await create(type, { ...inputs, ...kept }));
    const snapshot = { ...restored, snapshotIdentifier: "last" };
    await expect(create(type, { ...snapshot, engineVersion: "17.9" })).rejects.toThrow(
      "Cannot upgrade postgres from 17.10 to 17.9",
    );
    await expect(create(type, { ...snapshot, parameterGroupName: "default.postgres16" })).rejects.toThrow();
    await expect(create(type, { ...snapshot, allocatedStorage: 20 })).rejects.toThrow(
      "Requested storage size 20 cannot be less than the current 30",
    );
  });
});
