import type { SessionPool } from "../api/session-pool.ts";
import { backoff, type BackoffOptions } from "../time/backoff.ts";
import type { Random } from "../time/clock.ts";
import type { PoolMemory } from "./memory.ts";

/** When a pool whose operation failed is tried again. */
export interface Backoff extends BackoffOptions {
  readonly random: Random;
}

/** Notes one more failed operation and sets the time of the next try. */
export function noteFailure(options: Backoff, memory: PoolMemory, now: number): void {
  memory.failedOperations += 1;
  memory.retryAt = now + backoff(options, memory.failedOperations, options.random);
}

/** Whether a failed pool may be PUT again: its time has come, or the spec is not the one that failed. */
export function retryDue(memory: PoolMemory, { metadata, status }: SessionPool, now: number): boolean {
  // No edit mends a deletion.
  if (memory.failure?.what === "delete") return memory.retryAt === undefined || now >= memory.retryAt;
  const failedGeneration = memory.lastPutGeneration ?? status?.observedGeneration;
  return failedGeneration !== metadata.generation || (memory.retryAt !== undefined && now >= memory.retryAt);
}
