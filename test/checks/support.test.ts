import { describe, expect, test } from "vitest";
import { eksSupport, supportWarning, supportWarnings } from "../../checks/support.ts";
import { service } from "../../service.ts";
import { eksVersions, offered } from "../../settings/eks-versions.ts";
import { postgresVersion, postgresVersions } from "../../settings/postgres-versions.ts";

const on = (version: string, moment: string, engineVersion = "18") =>
  supportWarnings({ cluster: { version }, database: { engineVersion } }, service, new Date(moment));

describe("the end of standard support is said", () => {
  test.each<[string, string | undefined]>([
    ["2026-10-02T23:59:59Z", undefined],
    ["2026-10-03T00:00:00Z", "ends on 2026-12-02, in 60 days"],
    ["2026-11-25T12:00:00Z", "ends on 2026-12-02, in 7 days"],
    ["2026-12-01T00:00:00Z", "ends on 2026-12-02, in 1 day"],
    ["2026-12-01T23:59:59Z", "ends on 2026-12-02, in 1 day"],
    ["2026-12-02T00:00:00Z", "ended on 2026-12-02"],
    ["2028-01-01T00:00:00Z", "ended on 2026-12-02"],
  ])("on %s: %s", (moment, when) => {
    const [warning, ...more] = on("1.34", moment);
    expect(more).toEqual([]);
    if (when === undefined) expect(warning).toBeUndefined();
    else expect(warning).toContain(`clusterVersion: standard support of Kubernetes on EKS 1.34 ${when}: `);
  });

  test("with what AWS does then, what it would cost, the version to go to, and where that is written", () => {
    expect(on("1.34", "2026-12-02T00:00:00Z")[0]).toMatch(
      /upgrades the control plane by itself.*STANDARD.*\$0\.60.*\$365 more a month; fix: pulumi config set clusterVersion 1\.35 \(.*2026-11-25\)$/,
    );
  });

  test("of the newest version without one to go to", () => {
    const newest = offered.at(-1) as string;
    const warning = supportWarning(eksSupport(newest), new Date(eksSupport(newest).endOfStandardSupport));
    expect(warning).toContain("fix: upgrade as soon as AWS offers a newer one");
  });
});

describe("of PostgreSQL on RDS", () => {
  const newest = offered.at(-1) as string;

  test.each<[string, string, string | undefined]>([
    ["15", "2027-12-31T23:59:59Z", undefined],
    ["15", "2028-01-01T00:00:00Z", "15 ends on 2028-03-01, in 60 days"],
    ["15.18", "2028-02-29T00:00:00Z", "15 ends on 2028-03-01, in 1 day"],
    ["16.14", "2028-02-29T00:00:00Z", undefined],
    ["17", "2030-03-01T00:00:00Z", "17 ended on 2030-03-01"],
  ])("%s on %s: %s", (version, moment, when) => {
    const warnings = on(newest, moment, version).filter((text) => text.startsWith("databaseEngineVersion"));
    if (when === undefined) expect(warnings).toEqual([]);
    else expect(warnings).toEqual([expect.stringContaining(`PostgreSQL on RDS ${when}: AWS then upgrades`)]);
  });

  test("every version that may be set has its dates and minor versions", () => {
    for (const [major, { minors, standard }] of Object.entries(postgresVersions)) {
      expect(minors[0], major).toBeLessThan(minors[1]);
      expect(standard, major).toMatch(/^20\d\d-03-01$/);
    }
  });

  test("a minor version that came out after the table may be set", () => {
    for (const version of ["17.10", "17.11", "17.18"])
      expect(postgresVersion.fault?.(version), version).toBeUndefined();
  });
});

test("every version that may be set has its dates: 14 months of standard support, a year of the other", () => {
  expect(offered.length).toBeGreaterThanOrEqual(3);
  for (const version of offered) {
    const { standard = "", extended = "" } = eksVersions[version] ?? {};
    expect(Date.parse(extended) - Date.parse(standard)).toBeGreaterThanOrEqual(365 * 86_400_000);
    expect(standard).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
  expect(
    offered.toSorted(
      (a, b) => Date.parse(eksVersions[a]?.standard ?? "") - Date.parse(eksVersions[b]?.standard ?? ""),
    ),
  ).toEqual(offered);
});
