import { defineConfig } from "vitest/config";

/** Nothing waits this long: it ends a test that hangs, and must not end one on a busy machine. */
const testTimeout = 120_000;

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout } },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"], testTimeout } },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          globalSetup: ["test/cluster/vitest-setup.ts"],
          testTimeout,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
