import type { ArmAnswer, ArmClient } from "./arm-client.ts";
import { ArmError, stableMessage } from "./errors.ts";
import type { Turn } from "./waiting-line.ts";

/** Where a long-running operation stands (azure-session-pools §3.1). */
export type OperationProgress =
  | { readonly kind: "running"; readonly retryAfterMs: number | undefined }
  | { readonly kind: "succeeded" }
  /** Azure's code and words; they are nowhere else, the pool itself only says Failed. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
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
      return { kind: "failed", code: error.code, message: error.message };
    throw error;
  }
}

/** `operationStatuses` answers 200 with a status word; `operationResults` answers 202 while it runs, then 200 with the resource or 204. */
export function progressOf(answer: ArmAnswer): OperationProgress {
  if (answer.status === 202) return { kind: "running", retryAfterMs: answer.retryAfterMs };
  const body = (answer.body ?? {}) as {
    status?: unknown;
    properties?: unknown;
    error?: { code?: unknown; message?: unknown };
  };
  if (typeof body.status !== "string") return { kind: "succeeded" };
  switch (body.status.toLowerCase()) {
    case "succeeded":
      return { kind: "succeeded" };
    case "failed":
    case "canceled":
    case "cancelled":
      return {
        kind: "failed",
        code: typeof body.error?.code === "string" ? body.error.code : "ProvisioningFailed",
        message: stableMessage(
          typeof body.error?.message === "string"
            ? body.error.message
            : `the operation ended as ${body.status} without an explanation`,
        ),
      };
    default:
      return { kind: "running", retryAfterMs: answer.retryAfterMs };
  }
}
