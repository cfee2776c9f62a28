import type { KubernetesResponse, KubernetesTransport } from "../../../src/kubernetes/transport.ts";
import type { ApiServer } from "./server.ts";

/** The in-memory server without a network between: each answer comes at once. */
export function directTransport(server: ApiServer): KubernetesTransport {
  return {
    send: (request) => {
      if (request.streaming !== true) return Promise.resolve(responseOf(server.handle(request)));
      const stream = new ByteStream();
      const opened = server.watch(request, { line: (line) => stream.push(`${line}\n`), end: () => stream.end() });
      if (typeof opened !== "function") return Promise.resolve(responseOf(opened));
      request.signal?.addEventListener("abort", () => {
        opened();
        stream.end();
      });
      return Promise.resolve({ status: 200, retryAfter: undefined, body: stream });
    },
    close: () => Promise.resolve(),
  };
}

function responseOf({ status, body }: { readonly status: number; readonly body: string }): KubernetesResponse {
  const stream = new ByteStream();
  stream.push(body);
  stream.end();
  return { status, retryAfter: undefined, body: stream };
}

/** A body that arrives in pieces, and may break. */
export class ByteStream implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #over: { readonly error?: Error } | undefined;
  #wake = (): void => undefined;

  push(text: string): void {
    if (this.#over) return;
    this.#chunks.push(Buffer.from(text));
    this.#wake();
  }

  end(): void {
    this.#over ??= {};
    this.#wake();
  }

  /** Breaks off: what has not been read is lost. */
  fail(error: Error): void {
    this.#over ??= { error };
    this.#chunks.length = 0;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) yield chunk;
      else if (this.#over?.error) throw this.#over.error;
      else if (this.#over) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
