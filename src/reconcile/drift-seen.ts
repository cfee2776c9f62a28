import { REASON, findCondition } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { Action } from "../sessionpool/action.ts";
import type { Placement } from "../sessionpool/placement.ts";
import type { DriftBreaker, DriftSeen } from "./drift-breaker.ts";

export interface DriftSeenOptions {
  readonly breaker: DriftBreaker;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Names the pools that are counted together, however their subscription is spelled. */
export function fleetOf({ subscriptionId }: Placement): string {
  return subscriptionId.toLowerCase();
}

/** Counts a pool that was changed in Azure. @returns whether that makes it too many, which changes the plan */
export function noteDrift(
  { breaker, now }: DriftSeenOptions,
  key: string,
  { status }: SessionPool,
  target: Placement,
  action: Action,
): boolean {
  const fleet = fleetOf(target);
  const wasOpen = breaker.isOpen(fleet);
  const seen = driftSeen(action);
  // A process before this one may have counted what the status tells already.
  const isTold = findCondition(status?.conditions, "Drifted")?.status === "True";
  if (seen !== undefined) breaker.note(fleet, key, seen, now(), isTold);
  return seen === "repair" && breaker.isOpen(fleet) !== wasOpen;
}

/** @returns undefined when the plan does not tell */
function driftSeen(action: Action): DriftSeen | undefined {
  if (action.kind === "poll") return undefined;
  if (action.kind === "put") return action.isRepair === true ? "repair" : "none";
  if (action.kind !== "hold") return "none";
  if (action.reason === REASON.tooManyDrifted) return "repair";
  return action.drift ? "report" : "none";
}
