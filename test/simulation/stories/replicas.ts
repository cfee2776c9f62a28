import type { Scenario } from "../scenario.ts";
import { SCENARIOS } from "../scenarios.ts";

/** Which stories two replicas play; each creates a pool: edits, a rotation of secrets, deletion with and without the pool, a change in the portal. */
const PLAYED: ReadonlySet<string> = new Set(["S3", "S4", "S5", "S6", "S8"]);

/** The stories of R8: two replicas elect a leader, and the other stands by. */
export const REPLICATED: readonly Scenario[] = SCENARIOS.filter(({ name }) => PLAYED.has(name)).map((scenario) => ({
  ...scenario,
  name: `${scenario.name} by two`,
  replicas: 2,
  config: { ...scenario.config, leaderElect: true },
}));
