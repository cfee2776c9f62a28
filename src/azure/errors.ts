/**
 * What Azure's refusal means for the next step. This table is where "what happens on a 429?" is answered:
 * - `throttled`: 429, or 503 with Retry-After: nothing is sent before its time.
 * - `busy`: 409, 412, 423: another operation runs on the pool (azure-session-pools §3.5); try again later.
 * - `unauthenticated`: 401, or no token could be had: a credential must change.
 * - `refused`: any other 4xx: Azure says no, and says why; a person or a dependency must change something.
 * - `unavailable`: 5xx, a time-out, a broken connection, an unreadable answer: the outcome of a write is unknown.
 */
export type ArmErrorKind = "throttled" | "busy" | "unauthenticated" | "refused" | "unavailable";

/** A call to Azure that did not succeed. Its message has no secret, no token and no signed URL in it. */
export class ArmError extends Error {
  override readonly name = "ArmError";
  readonly kind: ArmErrorKind;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** Azure's error code, e.g. `SessionPoolInvalidReadySessionInstances`; our own (`Timeout`, `ConnectionFailed`, …) when there was no answer. */
  readonly code: string;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ArmErrorKind, status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Classifies an HTTP status other than success. */
export function kindOf(status: number, retryAfterMs: number | undefined): ArmErrorKind {
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) return "throttled";
  if (status === 409 || status === 412 || status === 423) return "busy";
  if (status === 401) return "unauthenticated";
  return status >= 400 && status < 500 && status !== 408 ? "refused" : "unavailable";
}

/** The codes of a 404 that mean "this pool, or the group that held it, does not exist". Any other 404 proves nothing about the pool. */
const ABSENT_CODES = new Set(["resourcenotfound", "resourcegroupnotfound", "notfound", "sessionpoolnotfound"]);

/** Whether `error` proves that the pool does not exist (azure-session-pools §3.5). */
export function isAbsent(error: unknown): error is ArmError {
  return error instanceof ArmError && error.status === 404 && ABSENT_CODES.has(error.code.toLowerCase());
}

/**
 * Makes an {@link ArmError} from an answer: `{error: {code, message}}` (common-types v5 ErrorResponse), or whatever else came.
 *
 * @param body the parsed body, or text when it was not JSON
 */
export function armError(status: number, body: unknown, retryAfterMs: number | undefined): ArmError {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  const code = typeof error?.code === "string" && error.code !== "" ? error.code : `Http${status}`;
  const message =
    typeof error?.message === "string" ? error.message : `Azure answered HTTP ${status} without an explanation`;
  return new ArmError(kindOf(status, retryAfterMs), status, code, stableMessage(message), retryAfterMs);
}

/** More of a message than this is not even looked at. */
const MAX_READ = 20_000;

/**
 * What Azure calls one call, in the wordings of ARM's gateway and of its services: `correlation id 'UUID'`, `tracking activity id is 'UUID'`,
 * `RequestId:UUID`, `activityId=UUID`. The UUIDs of subscriptions, tenants and clients are the same each time, and people need them.
 */
const CALL_ID =
  /\b((?:tracking|activity|correlation|trace|request|operation)[ -]?(?:[a-z]+[ -]){0,2}id)(?: is|[:=])?[ ]?['"]?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}['"]?/gi;

/** When a call was made: what is called a timestamp, and any time with a fraction of a second, which no date has that somebody set. */
const CALL_TIME =
  / ?(?:\btimestamp:? ?'\d{8}T\d{6}Z',?|(?:\b(?:at|on|time:) ?)?'?\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)?'?)/gi;

/**
 * Takes out of a message what differs between two identical failures or must not be shown, so that a condition is not rewritten at each retry:
 * Entra's trace lines, signed URLs, bearer tokens, correlation ids, times.
 */
export function stableMessage(message: string): string {
  // Up to a whole word: the rest of one could not be told for a token.
  const read = message.length <= MAX_READ ? message : message.slice(0, message.lastIndexOf(" ", MAX_READ) + 1);
  return read
    .replaceAll(
      /(?<![ -])[ -]*\b(?:Trace ID|Correlation ID|Timestamp|Request Id)\s*:\s*(?:Not Available|\d{4}-\d\d-\d\d[ T][\d:.]+Z?|\S+)/gi,
      "",
    )
    .replaceAll(/\bhttps?:\/\/\S*[?&](?:t|c|s|h|sig|code)=\S*/gi, "<signed URL>")
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<token>")
    .replaceAll(CALL_ID, "$1")
    .replaceAll(CALL_TIME, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 2000);
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
