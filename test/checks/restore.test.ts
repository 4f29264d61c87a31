import { expect, test } from "vitest";
import { restoreProblems } from "../../checks/restore.ts";
import { instant } from "../../settings/instant.ts";

const now = Date.parse("2026-11-25T12:00:00Z");
const problems = (set: Record<string, string>) =>
  restoreProblems(
    {
      database: {
        engineVersion: "17",
        restoreSnapshot: undefined,
        restoreTime: undefined,
        restoreSource: undefined,
        ...set,
      },
    },
    now,
  );

test.each<[Record<string, string>]>([
  [{}],
  [{ restoreTime: "2026-11-25T11:59:59Z" }],
  [{ restoreTime: "2024-02-29T00:00:00Z", restoreSource: "fastapi-eks-prod" }],
  [{ restoreSnapshot: "last", engineVersion: "17.6" }],
])("%j is right", (set) => expect(problems(set)).toEqual([]));

test.each([
  [
    { restoreTime: "2026-11-25T12:00:01Z" },
    "databaseRestoreTime",
    "is still to come",
    "2026-11-25T11:55:00Z",
  ],
  [
    { restoreTime: "2026-02-29T12:00:00Z" },
    "databaseRestoreTime",
    "isn't on the calendar",
    "2026-11-25T11:55:00Z",
  ],
  [
    { restoreTime: "2026-11-25T24:30:00Z" },
    "databaseRestoreTime",
    "isn't on the calendar",
    "2026-11-25T11:55:00Z",
  ],
  [
    { restoreTime: "2026-11-25T11:00:00Z", restoreSnapshot: "last", engineVersion: "17.6" },
    "databaseRestoreTime",
    "beside databaseRestoreSnapshot",
    "pulumi config rm databaseRestoreTime",
  ],
  [
    { restoreSource: "other" },
    "databaseRestoreSource",
    "without databaseRestoreTime",
    "rm databaseRestoreSource",
  ],
  [{ restoreSnapshot: "last" }, "databaseEngineVersion", "17 beside", "databaseEngineVersion 17.<minor>"],
])("%j is refused", (set, key, got, fix) => {
  expect(problems(set)).toEqual([
    expect.objectContaining({ key, got: expect.stringContaining(got), fix: expect.stringContaining(fix) }),
  ]);
});

test("a time is the same one, quoted in the stack file or not", () => {
  const { parse } = instant({ about: "" });
  for (const given of ["2026-11-25T10:30:00Z", "2026-11-25 10:30:00 +0000 UTC"])
    expect(parse(given)).toEqual({ value: "2026-11-25T10:30:00Z" });
  expect(parse("2026-11-25 11:30:00 +0100 CET")).toEqual({ fault: {} });
});
