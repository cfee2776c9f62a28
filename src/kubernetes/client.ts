import { type Clock, DeadlineError, withDeadline } from "../time/clock.ts";
import type { Permit } from "../time/permit.ts";
import { KubernetesError, kubernetesError } from "./errors.ts";
import { linesOf } from "./lines.ts";
import type { KubernetesRequest, KubernetesResponse, KubernetesTransport } from "./transport.ts";

/** The metadata that every object has, as far as the operator reads it. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One page of a LIST. */
export interface ObjectList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** One operation of a JSON Patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: "test" | "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** How a call ended: its HTTP status, `<error>` when no answer came. */
export interface CallEnd {
  readonly method: string;
  readonly code: string;
}

/** No ordinary call may take longer than this, body included, in milliseconds. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * Typed requests to the API server; every failure is a {@link KubernetesError}, the reason of the signal that aborted, or, of a write, a NotLeading.
 */
export class KubernetesClient {
  readonly #transport: KubernetesTransport;
  readonly #clock: Clock;
  readonly #permit: Permit;
  readonly #onCall: (end: CallEnd) => void;
  readonly #maxPauseMs: number | undefined;
  /** What a server asked not to be sent before, by method and path, by our clock. */
  readonly #closedUntil = new Map<string, number>();

  /**
   * @param permit for writes; left out: they are always allowed
   * @param onCall told of each call that left, once its headers are there
   * @param maxPauseMs the longest that a Retry-After keeps calls back, in milliseconds; two minutes when left out
   */
  constructor(
    transport: KubernetesTransport,
    clock: Clock,
    permit: Permit = () => undefined,
    onCall: (end: CallEnd) => void = () => undefined,
    maxPauseMs?: number,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#permit = permit;
    this.#onCall = onCall;
    this.#maxPauseMs = maxPauseMs;
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#call<T>({ method: "GET", path }, signal);
  }

  /** Creates an object; the answer is the object as stored. */
  create<T>(path: string, object: unknown, signal?: AbortSignal): Promise<T> {
    return this.#call<T>(
      { method: "POST", path, contentType: "application/json", body: JSON.stringify(object) },
      signal,
    );
  }

  /** Applies a JSON Patch. A `test` that does not hold answers 422 and changes nothing (kubernetes-conventions §1.3). */
  patch<T>(path: string, operations: readonly JsonPatchOperation[], signal?: AbortSignal): Promise<T> {
    const body = JSON.stringify(operations);
    return this.#call<T>({ method: "PATCH", path, contentType: "application/json-patch+json", body }, signal);
  }

  /**
   * Opens a watch and yields its lines, parsed. Ends when the server ends it; throws when it breaks or `signal` aborts.
   *
   * @param onOpen called once the server has taken it
   */
  async *watch(path: string, signal: AbortSignal, onOpen: () => void = () => undefined): AsyncGenerator {
    const response = await this.#send({ method: "GET", path, signal, streaming: true });
    if (response.status !== 200) throw this.#refused("GET", path, response, await text(response.body));
    onOpen();
    for await (const line of linesOf(response.body)) yield readable(line, response.status);
  }

  async #call<T>(request: KubernetesRequest, parent: AbortSignal | undefined): Promise<T> {
    if (request.method !== "GET") this.#permit();
    try {
      return await withDeadline(this.#clock, CALL_TIMEOUT_MS, parent, async (signal) => {
        const { response, body } = await this.#exchange({ ...request, signal });
        if (response.status >= 300) throw this.#refused(request.method, request.path, response, body);
        return readable(body, response.status) as T;
      });
    } catch (error) {
      if (!(error instanceof DeadlineError) || parent?.aborted === true) throw error;
      throw new KubernetesError(0, "Timeout", `the API server gave ${error.message}`);
    }
  }

  /** @throws KubernetesError with status 0 when there is no answer */
  async #exchange(
    request: KubernetesRequest,
  ): Promise<{ readonly response: KubernetesResponse; readonly body: string }> {
    try {
      const response = await this.#send(request);
      return { response, body: await text(response.body) };
    } catch (error) {
      if (error instanceof KubernetesError || request.signal?.aborted === true) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new KubernetesError(0, "ConnectionFailed", `the API server could not be reached: ${message}`);
    }
  }

  /** @throws KubernetesError 429, without a request, while the server wants none */
  async #send(request: KubernetesRequest): Promise<KubernetesResponse> {
    const wait = (this.#closedUntil.get(keyOf(request.method, request.path)) ?? 0) - this.#clock.now();
    if (wait > 0) throw new KubernetesError(429, "TooManyRequests", "the API server asked for a pause", wait);
    const { method } = request;
    try {
      const response = await this.#transport.send(request);
      this.#onCall({ method, code: String(response.status) });
      return response;
    } catch (error) {
      this.#onCall({ method, code: "<error>" });
      throw error;
    }
  }

  #refused(method: string, path: string, { status, retryAfter }: KubernetesResponse, body: string): KubernetesError {
    const error = kubernetesError(status, body, retryAfter, this.#maxPauseMs);
    const now = this.#clock.now();
    for (const [key, until] of this.#closedUntil) if (until <= now) this.#closedUntil.delete(key);
    if (error.retryAfterMs !== undefined) this.#closedUntil.set(keyOf(method, path), now + error.retryAfterMs);
    return error;
  }
}

/** @throws KubernetesError without a word of the text, which the parser's would quote: it may be a Secret */
function readable(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KubernetesError(status, "UnreadableAnswer", "the API server's answer was not readable JSON");
  }
}

/** The query only says what of it. */
function keyOf(method: string, path: string): string {
  return `${method} ${path.split("?")[0]}`;
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of body) result += decoder.decode(chunk, { stream: true });
  return result + decoder.decode();
}
