import { defineConfig } from "vitest/config";

// One machine, one life: the tests of a file build on each other.
export default defineConfig({
  test: {
    include: ["test/emulator/*.test.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
    bail: 1,
  },
});
