import { wordsOf } from "./error-body.ts";
import { stableMessage } from "./words.ts";

/**
 * What Azure's refusal means for the next step. This table is where "what happens on a 429?" is answered:
 * - `throttled`: 429, or 503 with Retry-After: nothing is sent before its time.
 * - `unauthenticated`: 401, or no token could be had: a credential must change.
 * - `refused`: a code of {@link LASTING_CODES}, or any other 4xx than the next: Azure says no, and says why; a person or a dependency must change
 *   something.
 * - `busy`: 409, 412, 423: another operation runs on the pool (azure-session-pools §3.5); try again later.
 * - `unavailable`: 5xx, a time-out, a broken connection, an unreadable answer: the outcome of a write is unknown.
 */
export type ArmErrorKind = "throttled" | "busy" | "unauthenticated" | "refused" | "unavailable";

/** A call to Azure that did not succeed. Its message has no token and no signed URL in it; what was sent may be quoted in it. */
export class ArmError extends Error {
  override readonly name = "ArmError";
  readonly kind: ArmErrorKind;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** Azure's error code, e.g. `SessionPoolInvalidReadySessionInstances`; our own (`Timeout`, `ConnectionFailed`, …) when there was no answer. */
  readonly code: string;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  readonly #words: string;

  /** @param words what Azure or we say of it, as it is */
  constructor(kind: ArmErrorKind, status: number, code: string, words: string, retryAfterMs?: number) {
    super(stableMessage(words));
    this.#words = words;
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** The words as they came, for {@link stableMessage}: never to be shown as they are. */
  get words(): string {
    return this.#words;
  }
}

/**
 * Codes of what lasts until a person ends it, whatever the HTTP status: ARM answers most of them by 409. No source was looked up for the
 * list, and none is recorded for session pools.
 */
const LASTING_CODES: ReadonlySet<string> = new Set([
  "disallowedbypolicy",
  "invalidresourcelocation",
  "missingregistrationforlocation",
  "missingsubscriptionregistration",
  "noregisteredproviderfound",
  "quotaexceeded",
  "readonlydisabledsubscription",
  "requestdisallowedbypolicy",
  "resourcequotaexceeded",
  "scopelocked",
  "subscriptiondisabled",
  "subscriptionnotregistered",
]);

/** Classifies an answer other than success by its HTTP status and Azure's code. */
export function kindOf(status: number, retryAfterMs: number | undefined, code = ""): ArmErrorKind {
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) return "throttled";
  if (status === 401) return "unauthenticated";
  if (LASTING_CODES.has(code.toLowerCase())) return "refused";
  if (status === 409 || status === 412 || status === 423) return "busy";
  return status >= 400 && status < 500 && status !== 408 ? "refused" : "unavailable";
}

/** The codes of a 404 that mean "this pool, or the group that held it, does not exist". Any other 404 proves nothing about the pool. */
const ABSENT_CODES = new Set(["resourcenotfound", "resourcegroupnotfound", "notfound", "sessionpoolnotfound"]);

/** Whether `error` proves that the pool does not exist (azure-session-pools §3.5). */
export function isAbsent(error: unknown): error is ArmError {
  return error instanceof ArmError && error.status === 404 && ABSENT_CODES.has(error.code.toLowerCase());
}

/**
 * Makes an {@link ArmError} from an answer.
 *
 * @param body the parsed body, or text when it was not JSON
 */
export function armError(status: number, body: unknown, retryAfterMs: number | undefined): ArmError {
  const said = wordsOf(body);
  // That a pool is gone only ARM's own error proves: others on the way have codes like NotFound too.
  const isArms = status !== 404 || said.code === (body as { error?: { code?: unknown } } | undefined)?.error?.code;
  const code = (isArms ? said.code : undefined) ?? `Http${status}`;
  const words = said.words ?? `Azure answered HTTP ${status} without an explanation`;
  return new ArmError(kindOf(status, retryAfterMs, code), status, code, words, retryAfterMs);
}

/** The longest of Azure's limits are by the hour. A longer wait is a mistake of somebody's, and would last, in memory alone, until a restart. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * Parses Retry-After (seconds, or a date, which counts from the answer's own, so that our clock may be wrong) and the millisecond forms that ARM also
 * uses, as milliseconds from 0 to an hour; undefined when absent or unreadable.
 */
export function retryAfterMs(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const ms = askedMs(headers);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

/** The same as it was asked for; NaN when it was not. */
function askedMs(headers: Readonly<Record<string, string | undefined>>): number {
  const exact = Number(headers["retry-after-ms"] ?? headers["x-ms-retry-after-ms"]);
  if (!Number.isNaN(exact)) return exact;
  const value = headers["retry-after"] ?? "";
  const seconds = value === "" ? Number.NaN : Number(value);
  return Number.isNaN(seconds) ? Date.parse(value) - Date.parse(headers.date ?? "") : seconds * 1000;
}
