import { defineConfig } from "vitest/config";

// Installing the checkers takes a minute or two, once.
export default defineConfig({
  test: { include: ["test/manifests/*.test.ts"], testTimeout: 120_000, hookTimeout: 1_800_000 },
});
