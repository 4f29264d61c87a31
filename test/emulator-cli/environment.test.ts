// What a program that runs on the emulator finds in its environment.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { emulatedEnvironment } from "../../emulator/cli/pulumi.ts";

const folder = mkdtempSync(join(tmpdir(), "environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const credentials = {
  AWS_ACCESS_KEY_ID: "AKIAREAL",
  AWS_SECRET_ACCESS_KEY: "real",
  AWS_SESSION_TOKEN: "real",
  AWS_PROFILE: "work",
  AWS_DEFAULT_PROFILE: "work",
  AWS_ROLE_ARN: "arn:aws:iam::111111111111:role/work",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/token",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
  AWS_CONFIG_FILE: "/home/work/.aws/config",
  AWS_SHARED_CREDENTIALS_FILE: "/home/work/.aws/credentials",
  AWS_ENDPOINT_URL: "https://work.example.com",
};

test("of AWS nothing of the person's but the region", () => {
  vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", folder);
  for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);
  // As a program sees it: a variable that is undefined here isn't there.
  const seen = execFileSync("env", { env: emulatedEnvironment("dev"), encoding: "utf8" });
  const aws = seen.split("\n").filter((line) => line.startsWith("AWS_"));
  expect(aws.sort()).toEqual([
    "AWS_CONFIG_FILE=/dev/null",
    "AWS_EC2_METADATA_DISABLED=true",
    "AWS_REGION=eu-central-1",
    "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
  ]);
  for (const value of Object.values(credentials)) expect(seen).not.toContain(`=${value}\n`);
});
