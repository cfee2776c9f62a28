import { REASON } from "../api/conditions.ts";
import type { ArmError } from "../azure/errors.ts";
import type { Result } from "../controller/controller.ts";
import type { Outcome } from "../sessionpool/status.ts";

/** What a call to Azure ended with. */
type Refusal = Pick<ArmError, "kind" | "code" | "message" | "retryAfterMs">;

/** What a refused or lost call to Azure means: what the conditions say, and when the next try is. */
export interface Failure {
  readonly outcome: Outcome;
  readonly result: Result;
  /** Whether the fault may pass by itself within moments, so that a Ready pool need not be called not Ready. */
  readonly transient: boolean;
}

/** How far apart tries are at most, in milliseconds, while a person must change something. */
const MAX_STALLED_MS = 5 * 60_000;
/** The same while Azure is expected back. */
const MAX_UNAVAILABLE_MS = 60_000;
/** How long to wait for another operation on the pool, unless Azure says. */
const BUSY_MS = 10_000;

/** What the condition says while Azure wants no calls. */
export const MESSAGE_PAUSED = "Azure asked for a pause; the work goes on afterwards";

/**
 * The whole retry policy for Azure in one switch.
 *
 * @param error with words that may be shown
 * @param doing what was tried, for the message, e.g. `create or update the pool`
 * @param wayOut what a person can do instead of mending the cause, as the end of the message
 */
export function failureOf(error: Refusal, doing: string, wayOut = ""): Failure {
  const words = `Azure refused to ${doing}: ${error.message}${wayOut}`;
  switch (error.kind) {
    case "throttled":
      return {
        outcome: {
          kind: "reconciling",
          reason: REASON.throttled,
          message: MESSAGE_PAUSED,
        },
        result: { kind: "retry", notBeforeMs: error.retryAfterMs ?? BUSY_MS, maxMs: MAX_UNAVAILABLE_MS },
        transient: true,
      };
    case "busy":
      return {
        outcome: {
          kind: "reconciling",
          reason: REASON.busy,
          message: `Azure is not ready to ${doing} yet: ${error.code}: ${error.message}`,
        },
        result: { kind: "retry", notBeforeMs: error.retryAfterMs ?? BUSY_MS, maxMs: MAX_UNAVAILABLE_MS },
        transient: true,
      };
    case "unavailable":
      return {
        outcome: {
          kind: "reconciling",
          reason: REASON.unavailable,
          message: `could not ${doing}: ${error.code}: ${error.message}; trying again`,
        },
        result: { kind: "retry", notBeforeMs: error.retryAfterMs ?? 0, maxMs: MAX_UNAVAILABLE_MS },
        transient: true,
      };
    case "unauthenticated":
      return {
        outcome: { kind: "stalled", reason: error.code, message: `could not ${doing}: ${error.message}${wayOut}` },
        result: { kind: "retry", maxMs: MAX_UNAVAILABLE_MS },
        transient: false,
      };
    case "refused":
      return {
        outcome: { kind: "stalled", reason: error.code, message: `${error.code}: ${words}` },
        result: { kind: "retry", notBeforeMs: error.retryAfterMs ?? 0, maxMs: MAX_STALLED_MS },
        transient: false,
      };
  }
}
