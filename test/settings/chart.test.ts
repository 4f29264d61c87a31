import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { EXTERNAL_SECRETS } from "../../settings/chart.ts";
import { table } from "../../settings.ts";

const { parse } = table.externalSecretsChart;

test.each([
  EXTERNAL_SECRETS,
  "oci://registry.example.com:5000/mirror/charts/external-secrets:v2.12.0",
  "oci://123456789012.dkr.ecr.eu-central-1.amazonaws.com/external-secrets:2.13.0-rc.1",
])("a chart may be %s", (chart) => {
  expect(parse(chart)).toEqual({ value: chart });
});

test("a chart may be a package, and no folder that is called like one", () => {
  const folder = mkdtempSync(join(tmpdir(), "chart with a blank-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "external-secrets-0.19.2.tgz");
  writeFileSync(path, "");
  expect(parse(path)).toEqual({ value: path });
  const named = mkdtempSync(join(folder, "folder-"));
  expect(parse(named)).toMatchObject({ fault: {} });
});
