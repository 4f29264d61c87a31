import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { pythonTools, run } from "../tools.ts";

const repository = dirname(dirname(import.meta.dirname));

test("shellcheck finds nothing in what runs on a VM and deploys to it", () => {
  const tools = pythonTools(
    "workflow-tools",
    readFileSync(join(repository, "test/ci/workflow-tools.txt"), "utf8"),
  );
  const scripts = globSync("vm/{,release/}*.sh", { cwd: repository });
  expect(scripts.length).toBeGreaterThan(5);
  expect(run(join(tools, "shellcheck"), ["--external-sources", "--severity", "warning", ...scripts])).toEqual(
    {
      status: 0,
      stdout: "",
      stderr: "",
    },
  );
}, 600_000);
