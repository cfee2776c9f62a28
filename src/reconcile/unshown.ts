import { findCondition, REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { Observation, PlanInput } from "../sessionpool/action.ts";
import type { PoolMemory } from "./memory.ts";

/** How long a PUT may take to show, in milliseconds: twice as long as its answer is waited for. */
const UNSHOWN_MS = 120_000;

/** A PUT was made: until a read shows the pool, or for so long, that it is not there proves nothing. */
export function expectPool(memory: PoolMemory, why: "unanswered" | "taken", now: number): void {
  memory.unshown = { why, until: now + UNSHOWN_MS };
}

/** Notes what a live read says of a PUT that has not shown yet. */
export function noteRead(memory: PoolMemory, resource: SessionPool, observation: Observation, now: number): void {
  if (observation.kind === "present") delete memory.unshown;
  // Of a PUT that a process before this one made, only the status tells.
  else if (!memory.unshown && memory.lastPutGeneration === undefined && wasCreating(resource))
    expectPool(memory, "taken", now);
}

/** Whether a pool that is not there may still appear. */
export function mayAppear({ unshown }: PoolMemory, now: number): PlanInput["mayAppear"] {
  return unshown && now < unshown.until ? unshown.why : undefined;
}

function wasCreating({ metadata, status }: SessionPool): boolean {
  const reason = findCondition(status?.conditions, "Ready")?.reason;
  // A pool that is to be created comes late at worst; one that is let go too early is lost.
  const wasUnsure = metadata.deletionTimestamp !== undefined && reason === REASON.unavailable;
  return reason === REASON.creating || status?.provisioningState === "InProgress" || wasUnsure;
}
