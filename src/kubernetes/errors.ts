import { DeadlineError } from "../time/clock.ts";

/** The API server asks for a second or some. A proxy before it may ask for an hour, in which an operator would look healthy and hear nothing. */
const MAX_RETRY_AFTER_MS = 120_000;

/** An answer of the Kubernetes API other than success (metav1.Status). The body is never part of the message beyond the server's own words. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  /** HTTP status code; 0 when there was no answer. */
  readonly status: number;
  /** Machine-readable reason of the Status object, e.g. `NotFound`, `Conflict`, `Expired`; empty when the body was not a Status. */
  readonly reason: string;
  /** What Retry-After asked for, in milliseconds, two minutes at most. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Builds the error from a response.
 *
 * @param text the body, usually a metav1.Status
 * @param maxPauseMs the longest that Retry-After counts as
 */
export function kubernetesError(
  status: number,
  text: string,
  retryAfter: string | undefined,
  maxPauseMs = MAX_RETRY_AFTER_MS,
): KubernetesError {
  const seconds = Number(retryAfter);
  const retryAfterMs = retryAfter !== undefined && seconds >= 0 ? Math.min(seconds * 1000, maxPauseMs) : undefined;
  try {
    const body = JSON.parse(text) as { reason?: unknown; message?: unknown; code?: unknown };
    return new KubernetesError(
      typeof body.code === "number" ? body.code : status,
      typeof body.reason === "string" ? body.reason : "",
      typeof body.message === "string" ? body.message : `HTTP ${status}`,
      retryAfterMs,
    );
  } catch {
    return new KubernetesError(status, "", `HTTP ${status}`, retryAfterMs);
  }
}

/** Whether a version of an object is older than another; versions that cannot be compared are not (numbers since Kubernetes 1.35, KEP-5504, and in etcd's practice before). */
export function isOlder(version: string, than: string): boolean {
  const isNumber = /^\d+$/;
  return isNumber.test(version) && isNumber.test(than) && BigInt(version) < BigInt(than);
}

/** Whether a status says that the server will not, rather than that it cannot now (429) or not from there (410). */
export function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 410 && status !== 429;
}

/** An error in a few words, of which none can be a secret: status and reason of an answer, or what kind of error it is. */
export function inBrief(error: unknown): string {
  if (error instanceof KubernetesError) return `${error.status === 0 ? "" : error.status} ${error.reason}`.trim();
  if (error instanceof DeadlineError) return error.message;
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : error.name;
}

/** Whether `error` says that the object does not exist. */
export function isNotFound(error: unknown): error is KubernetesError {
  return error instanceof KubernetesError && error.status === 404;
}

/** Whether a create lost a race: the server itself says that there is such an object, where an admission plugin may say 409 for another reason. */
export function isAlreadyExists(error: unknown): boolean {
  return isConflict(error) && error.reason === "AlreadyExists";
}

/** Whether there is an object of that name already. */
export function isConflict(error: unknown): error is KubernetesError {
  return error instanceof KubernetesError && error.status === 409;
}

/** Whether a precondition of a write did not hold: a JSON Patch `test` failed (422 Invalid) or another writer was first (409). */
export function isPreconditionFailed(error: unknown): boolean {
  return error instanceof KubernetesError && (error.status === 422 || error.status === 409);
}
