import { type Clock, withDeadline } from "../time/clock.ts";
import { kubernetesError } from "./errors.ts";
import type { KubernetesRequest, KubernetesTransport } from "./transport.ts";

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

/** No ordinary call may take longer than this, body included, in milliseconds. */
const CALL_TIMEOUT_MS = 30_000;

/** Typed requests to the API server; every failure is a {@link KubernetesError}, a DeadlineError or the transport's own error. */
export class KubernetesClient {
  readonly #transport: KubernetesTransport;
  readonly #clock: Clock;

  constructor(transport: KubernetesTransport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
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

  /** Opens a watch and yields its lines, parsed. Ends when the server ends it; throws when it breaks or `signal` aborts. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator {
    const response = await this.#transport.send({ method: "GET", path, signal, streaming: true });
    if (response.status !== 200) throw kubernetesError(response.status, await text(response.body), response.retryAfter);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line);
    }
  }

  async #call<T>(request: KubernetesRequest, parent: AbortSignal | undefined): Promise<T> {
    return withDeadline(this.#clock, CALL_TIMEOUT_MS, parent, async (signal) => {
      const response = await this.#transport.send({ ...request, signal });
      const body = await text(response.body);
      if (response.status >= 300) throw kubernetesError(response.status, body, response.retryAfter);
      return JSON.parse(body) as T;
    });
  }
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of body) result += decoder.decode(chunk, { stream: true });
  return result + decoder.decode();
}
