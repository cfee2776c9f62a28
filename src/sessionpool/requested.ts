import { findCondition, REASON } from "../api/conditions.ts";
import { durationMs } from "../api/duration.ts";
import { FLUX_REQUESTED_AT, REQUESTED_AT, type SessionPool } from "../api/session-pool.ts";

/** What status.lastHandledReconcileAt can hold, in characters (code points, as the API server counts). */
const MAX_REQUEST = 256;
/** What the CRD allows for spec.policy.driftInterval, in milliseconds: 10s to 24h. */
const DRIFT_INTERVAL_MS = { min: 10_000, max: 86_400_000 };

/**
 * The request for a look at the pool that stands in the annotations: of two, the greater as text, which is the later one of two times in the same
 * form. Of a value that the status cannot hold, its beginning: so it is answered too, and only once.
 *
 * @returns undefined when nobody has asked
 */
export function requestedAt({ metadata }: Pick<SessionPool, "metadata">): string | undefined {
  const { [REQUESTED_AT]: own = "", [FLUX_REQUESTED_AT]: flux = "" } = metadata.annotations ?? {};
  const value = own > flux ? own : flux;
  if (value === "") return undefined;
  // Twice as many UTF-16 units hold as many characters as are kept, and none of them in half.
  return Array.from(value.slice(0, 2 * MAX_REQUEST))
    .slice(0, MAX_REQUEST)
    .join("");
}

/** Whether somebody has asked for a look at the pool that the status does not yet say was taken. */
export function isReconcileRequested(resource: Pick<SessionPool, "metadata" | "status">): boolean {
  const requested = requestedAt(resource);
  return requested !== undefined && requested !== resource.status?.lastHandledReconcileAt;
}

/** Whether the status tells what became of the resource as it is now: more than that its turn has not come. */
export function isAnswered({ metadata, status }: Pick<SessionPool, "metadata" | "status">): boolean {
  const reason = findCondition(status?.conditions, "Ready")?.reason;
  return status?.observedGeneration === metadata.generation && reason !== REASON.queued && reason !== REASON.throttled;
}

/**
 * How often the pool is compared with Azure while it is at rest, in milliseconds.
 *
 * @param defaultMs for a resource that does not say, or that is older than the rule and says what the rule does not allow
 */
export function driftIntervalOf({ spec }: Pick<SessionPool, "spec">, defaultMs: number): number {
  // A resource that is older than the schema may have anything there.
  const text: unknown = spec.policy?.driftInterval;
  const ms = typeof text === "string" ? durationMs(text) : undefined;
  const { min, max } = DRIFT_INTERVAL_MS;
  return ms !== undefined && ms >= min && ms <= max ? ms : defaultMs;
}
