import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { workerInstances } from "./workers.ts";

/**
 * Those that take longest, in the order that keeps four workers busy until the end: each takes the next one when it is
 * done with its own.
 */
const longest = ["lifecycle", "running", "adopt", "sqlite", "production", "vm", "storage", "instances"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = longest.indexOf(basename(moduleId, ".test.ts"));
      return index < 0 ? longest.length : index;
    };
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

// One machine, one life: the tests of a file build on each other. Four files run side by side on two cores,
// since most of their time is Kubernetes' own waiting; machine.ts gives each an instance of its own.
export default defineConfig({
  test: {
    include: ["test/emulator/*.test.ts"],
    globalSetup: "test/emulator/global-setup.ts",
    maxWorkers: workerInstances.length,
    sequence: { sequencer: LongestFirst },
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
    bail: 1,
  },
});
