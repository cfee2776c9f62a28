import type { SessionPool } from "../api/session-pool.ts";
import type { Observation } from "../sessionpool/action.ts";
import { compare } from "../sessionpool/comparison.ts";
import type { Show } from "../sessionpool/diff.ts";
import type { JsonObject } from "../sessionpool/json.ts";
import { type Applied, knownAfterPut } from "../sessionpool/known-differences.ts";
import { isFinal, lastWritten, provisioningState } from "../sessionpool/live-pool.ts";
import { type Backoff, noteFailure } from "./failed-pool.ts";
import type { PendingPut, PoolMemory } from "./memory.ts";
import type { Provisioning } from "./provisioning.ts";

/** Stands for Azure's value where somebody else wrote after our update. */
const CHANGED_SINCE = "changed again since the update";

export interface SettleOptions {
  readonly now: () => number;
  readonly failedPoolBackoff: Backoff;
  readonly provisioning: Provisioning;
}

/**
 * Takes from a fresh read what only the moment after a PUT can tell: that it failed, or what it left different.
 *
 * @returns the known differences as of now, and the PUT whose success was seen
 */
export function settle(
  options: SettleOptions,
  resource: SessionPool,
  memory: PoolMemory,
  observation: Observation,
  show: Show,
): { readonly applied: Applied | undefined; readonly settled?: PendingPut } {
  const known = resource.status?.applied;
  if (observation.kind !== "present") return { applied: known };
  const { pool } = observation;
  // The pool is as it was, whatever its state says.
  if (memory.failure?.what === "delete") return { applied: known };
  noteTaken(memory, pool);
  const state = provisioningState(pool);
  if (state === "Succeeded" && memory.operation === undefined) {
    // Azure has left the pool as it was, and the plan tells whether that matters.
    if (memory.failure && memory.failure.isPoolFailed !== true) return { applied: known };
    forgetFailure(memory);
    options.provisioning.ended(memory, "succeeded");
    const settled = memory.pendingPut;
    if (!settled) return { applied: known };
    const ignore = resource.spec.policy?.ignore ?? [];
    const left = compare(settled.desired, pool, { ignore, secrets: settled.secrets }).changes;
    // What somebody else wrote since is no will of Azure's; but three such updates in a row are enough, too.
    const foreign = settled.modifiedAt !== undefined && settled.modifiedAt !== lastWritten(pool);
    const noted = foreign ? left.map((change) => ({ ...change, observed: CHANGED_SINCE })) : left;
    return { applied: knownAfterPut(known, settled.generation, noted, show), settled };
  }
  if (state === "Failed" || state === "Canceled") {
    if (memory.failure && memory.operation === undefined) memory.failure = { ...memory.failure, isPoolFailed: true };
    if (memory.retryAt === undefined) {
      noteFailure(options.failedPoolBackoff, memory, options.now());
      options.provisioning.ended(memory, "failed");
    }
  }
  return { applied: known };
}

/** The pool is as it should be: how an operation failed before does not matter any more. */
export function forgetFailure(memory: PoolMemory): void {
  delete memory.failure;
  delete memory.retryAt;
  delete memory.sentValues;
  memory.failedOperations = 0;
}

/** Sees whether Azure took the PUT that it did not answer: then what failed before it is over, and what fails now is that PUT. */
function noteTaken(memory: PoolMemory, pool: JsonObject): void {
  const { unanswered } = memory;
  if (!unanswered || (isFinal(pool) && lastWritten(pool) === unanswered.modifiedAt)) return;
  memory.lastPutGeneration = unanswered.generation;
  delete memory.unanswered;
  delete memory.failure;
  delete memory.retryAt;
}
