import { findCondition, REASON } from "../api/conditions.ts";
import type { SessionPool, SessionPoolStatus } from "../api/session-pool.ts";
import type { EventNote } from "../kubernetes/events.ts";
import type { Observation } from "../sessionpool/action.ts";
import { specHash } from "../sessionpool/drift.ts";
import type { JsonObject } from "../sessionpool/json.ts";
import { requestedAt } from "../sessionpool/requested.ts";
import type { Applied } from "../sessionpool/known-differences.ts";
import { claimAfter, type Owner } from "../sessionpool/ownership.ts";
import { type Outcome, sameStatus, statusFor } from "../sessionpool/status.ts";
import type { WallClock } from "../time/clock.ts";
import type { PoolMemory } from "./memory.ts";

/** What a report is about. */
export interface Subject {
  readonly resource: SessionPool;
  readonly observation: Observation;
  /** The known differences. */
  readonly applied: Applied | undefined;
  /** The ARM body that the resource asks for. */
  readonly desired: JsonObject;
  /** The resource, as an owner of pools. */
  readonly owner: Owner;
}

export interface ReporterOptions {
  /** Writes the status of a resource as it was read, and says what the resource is then. */
  readonly writeStatus: (resource: SessionPool, status: SessionPoolStatus, signal: AbortSignal) => Promise<SessionPool>;
  readonly recordEvent: (resource: SessionPool, event: EventNote) => void;
  /** For the times in conditions. */
  readonly wallClock: WallClock;
}

/** Writes the status once, when it says something new, and tells people of what changed for them. */
export class Reporter {
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** @throws KubernetesError 422 or 404 when the object is not as it was read */
  async report(
    { resource, observation, applied, desired, owner }: Subject,
    outcome: Outcome,
    memory: PoolMemory,
    signal: AbortSignal,
  ): Promise<void> {
    const nowIso = `${new Date(this.#options.wallClock.time()).toISOString().slice(0, 19)}Z`;
    const { status: previous, metadata: read } = resource;
    const pool = observation.kind === "present" ? observation.pool : undefined;
    const adopted = claimAfter(previous?.adopted, pool, owner, read.generation);
    const said = statusFor(
      read.generation,
      adopted ? { ...previous, adopted } : previous,
      outcome,
      observation,
      applied,
      specHash(desired),
      nowIso,
    );
    // Who asked for a look has not had it while it waits for its turn.
    const isWaiting =
      outcome.kind === "reconciling" && (outcome.reason === REASON.queued || outcome.reason === REASON.throttled);
    const handled = isWaiting ? undefined : requestedAt(resource);
    const lastHandledReconcileAt = handled ?? previous?.lastHandledReconcileAt;
    const status = { ...said, ...(lastHandledReconcileAt === undefined ? {} : { lastHandledReconcileAt }) };
    const isSame = sameStatus(previous, status);
    // Of two that say the same, the one that is kept anyway.
    memory.lastStatus = isSame && previous ? previous : status;
    if (isSame) return;
    const { metadata } = await this.#options.writeStatus(resource, status, signal);
    memory.version = metadata.resourceVersion;
    this.#announce(resource, previous, status, outcome);
  }

  /** An event when a resource becomes Ready, gets stuck, or gets stuck for another reason. */
  #announce(
    resource: SessionPool,
    before: SessionPoolStatus | undefined,
    after: SessionPoolStatus,
    outcome: Outcome,
  ): void {
    const was = findCondition(before?.conditions, "Ready");
    const is = findCondition(after.conditions, "Ready");
    if (!is || (was?.status === is.status && was.reason === is.reason && was.message === is.message)) return;
    if (outcome.kind === "ready" && was?.status !== "True") {
      this.#options.recordEvent(resource, { type: "Normal", reason: "Ready", action: "Observe", note: is.message });
    } else if (outcome.kind === "stalled") {
      this.#options.recordEvent(resource, {
        type: "Warning",
        reason: is.reason,
        action: "Reconcile",
        note: outcome.note ?? is.message,
      });
    } else if (outcome.kind === "suspended") {
      this.#options.recordEvent(resource, { type: "Normal", reason: is.reason, action: "Suspend", note: is.message });
    }
  }
}
