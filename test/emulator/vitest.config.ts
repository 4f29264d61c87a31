import { defineConfig } from "vitest/config";

// One machine, one life: the tests of a file build on each other. Three files run side by side on two cores,
// since most of their time is Kubernetes' own waiting; machine.ts gives each an instance of its own.
export default defineConfig({
  test: {
    include: ["test/emulator/*.test.ts"],
    maxWorkers: 3,
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
    bail: 1,
  },
});
