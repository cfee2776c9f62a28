import { defineConfig } from "vitest/config";

/** The tests that `npm run mutation` runs against each mutant: the tables that are the specification of src/sessionpool. */
export default defineConfig({ test: { include: ["test/unit/sessionpool/**/*.test.ts"] } });
