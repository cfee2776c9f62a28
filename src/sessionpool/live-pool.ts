import { type JsonObject, objectOr } from "./json.ts";

/** The provisioning states that are final; an absent state counts as Succeeded (azure-session-pools §5, "Async"). */
const FINAL_STATES: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled"]);

/** The states that the operator knows, however Azure spells them: ARM compares such words without case, and Azure's services write both Canceled and Cancelled. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...[...FINAL_STATES, "InProgress", "Deleting"].map((state) => [state.toLowerCase(), state] as const),
  ["cancelled", "Canceled"],
]);

/** The pool's provisioningState; one that the operator does not know as Azure says it. */
export function provisioningState(pool: JsonObject): string {
  const state = objectOr(pool.properties).provisioningState;
  return typeof state === "string" ? (SPELLINGS.get(state.toLowerCase()) ?? state) : "Succeeded";
}

/**
 * When the pool was last written. A PUT's answer and every later read give the same time, the one with Z and the other without (24 of 24
 * recorded pairs, e.g. e2e-python-shell-custom.json seq 101).
 */
export function lastWritten(pool: JsonObject): string | undefined {
  const { lastModifiedAt } = objectOr(pool.systemData);
  return typeof lastModifiedAt === "string" ? lastModifiedAt.replace(/Z$/, "") : undefined;
}

/** When the pool was created: the same until it is deleted, also after updates (recorded: on-container-exit.json, createdAt before and after a PATCH). */
export function createdAt(pool: JsonObject): string | undefined {
  const { createdAt: time } = objectOr(pool.systemData);
  return typeof time === "string" ? time.replace(/Z$/, "") : undefined;
}

/** Whether Azure is done with the pool, well or badly. Unknown states count as working (ARM: only three are final). */
export function isFinal(pool: JsonObject): boolean {
  return FINAL_STATES.has(provisioningState(pool));
}
