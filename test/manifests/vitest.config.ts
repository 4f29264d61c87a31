import { setPriority } from "node:os";
import { defineConfig } from "vitest/config";

// Behind all else: in `npm test` it runs beside the emulators.
setPriority(19);

// Installing the checkers takes a minute or two, once.
export default defineConfig({
  test: { include: ["test/manifests/*.test.ts"], testTimeout: 120_000, hookTimeout: 1_800_000 },
});
