import type { ArmAnswer, ArmClient } from "./arm-client.ts";
import { wordsOf } from "./error-body.ts";
import { ArmError } from "./errors.ts";
import type { Turn } from "./waiting-line.ts";

/** Where a long-running operation stands (azure-session-pools §3.1). */
export type OperationProgress =
  | { readonly kind: "running"; readonly retryAfterMs: number | undefined }
  | { readonly kind: "succeeded" }
  /** Azure's code, and its words as they came, not to be shown so; they are nowhere else, the pool itself only says Failed. */
  | { readonly kind: "failed"; readonly code: string; readonly words: string }
  /** The URL says nothing any more (expired, refused): the pool itself must be read. */
  | { readonly kind: "unknown" };

/** Refusals of the URL itself, which tell nothing of the operation; 401 is the token's. */
const URL_REFUSED: ReadonlySet<number> = new Set([403, 404, 410]);

/**
 * Asks the signed URL of an operation. A `Location` tells a failure by an HTTP status, with Azure's code and words in the body.
 *
 * @throws ArmError when Azure is unavailable, throttles or takes no token; a URL that is refused or gone is `unknown` instead
 */
export async function readOperation(
  client: ArmClient,
  subscriptionId: string,
  url: string,
  signal: AbortSignal,
  turn: Turn,
): Promise<OperationProgress> {
  try {
    return progressOf(await client.getOperation(subscriptionId, url, signal, turn));
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    if (URL_REFUSED.has(error.status)) return { kind: "unknown" };
    // 409, 412 and 423 too: nothing else could be in the way of a read.
    if (error.kind === "refused" || error.kind === "busy")
      return { kind: "failed", code: error.code, words: error.words };
    throw error;
  }
}

/** `operationStatuses` answers 200 with a status word; `operationResults` answers 202 while it runs, then 200 with the resource or 204. */
export function progressOf(answer: ArmAnswer): OperationProgress {
  if (answer.status === 202) return { kind: "running", retryAfterMs: answer.retryAfterMs };
  const body = (answer.body ?? {}) as { readonly status?: unknown; readonly properties?: unknown };
  if (typeof body.status !== "string") return { kind: "succeeded" };
  switch (body.status.toLowerCase()) {
    case "succeeded":
      return { kind: "succeeded" };
    case "failed":
    case "canceled":
    case "cancelled": {
      const [own, inner] = [wordsOf(body), wordsOf(body.properties)];
      return {
        kind: "failed",
        code: own.code ?? inner.code ?? "ProvisioningFailed",
        words: own.words ?? inner.words ?? `the operation ended as ${body.status} without an explanation`,
      };
    }
    default:
      return { kind: "running", retryAfterMs: answer.retryAfterMs };
  }
}
