import { defineConfig } from "vitest/config";

/** The tests that `npm run mutation` runs against each mutant: those that reach src/sessionpool, all of them without I/O. */
export default defineConfig({
  test: {
    include: ["test/unit/sessionpool/**/*.test.ts", "test/unit/reconcile/**/*.test.ts"],
    // Generated specs are too many to try on each mutant.
    exclude: ["test/unit/reconcile/any-spec.test.ts"],
  },
});
