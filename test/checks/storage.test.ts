import { expect, test } from "vitest";
import { storageProblems } from "../../checks/storage.ts";
import { refuseGrowth } from "../../components/storage-growth.ts";

test.each([
  [100, 110, 0],
  [100, 100, 0],
  [20, 22, 0],
  // RDS has grown the volume by itself.
  [150, 100, 200],
])("a volume of %i GiB may be set to %i with a maximum of %i", (from, to, maximum) => {
  expect(() => refuseGrowth(from, to, maximum)).not.toThrow();
});

test.each([
  [100, 101, 0, "databaseStorageGiB 110"],
  [100, 109, 200, "databaseStorageGiB 110"],
  [105, 115, 0, "databaseStorageGiB 116"],
  [110, 100, 0, "databaseStorageGiB 110"],
  [150, 100, 100, "databaseStorageGiB 150"],
])("a volume of %i GiB is not set to %i with a maximum of %i: %s", (from, to, maximum, fix) => {
  expect(() => refuseGrowth(from, to, maximum)).toThrow(`fix: pulumi config set ${fix}`);
});

test.each([
  [100, 200, undefined],
  [100, 110, undefined],
  [100, 0, undefined],
  [100, 109, "databaseMaxStorageGiB 200"],
  [300, 200, "databaseMaxStorageGiB 600"],
  [65536, 65536, "databaseMaxStorageGiB 0"],
])("%i GiB at first and %i at the most: %s", (storageGiB, maxStorageGiB, fix) => {
  const problems = storageProblems({ database: { storageGiB, maxStorageGiB } });
  expect(problems.map((problem) => problem.fix)).toEqual(fix ? [`pulumi config set ${fix}`] : []);
});
