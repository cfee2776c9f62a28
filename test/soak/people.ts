import { setTimeout } from "node:timers/promises";
import type { SessionPool } from "../../src/api/session-pool.ts";
import type { ObjectList } from "../../src/kubernetes/client.ts";
import { createTransport, type KubernetesRequest, loadKubeConfig } from "../../src/kubernetes/transport.ts";

/** How long somebody tries again while the API server is away, in milliseconds, and how long apart. */
const PATIENCE_MS = 5 * 60_000;
const PAUSE_MS = 500;
/** What says that somebody else, or an earlier try whose answer was lost, has done it already. */
const DONE: Readonly<Record<string, number>> = { POST: 409, DELETE: 404 };

/** An ordinary answer that is no success. */
class Refused extends Error {}

/** Where the resources of a namespace are. */
export function poolsPath(namespace: string): string {
  return `/apis/appcontainers.dev/v1alpha1/namespaces/${namespace}/sessionpools`;
}

/** Those who use the cluster: they send what kubectl would, and try again while the API server is away. */
export class People {
  readonly #transport;
  readonly #signal: AbortSignal;

  constructor(kubeconfig: string, signal: AbortSignal) {
    this.#transport = createTransport(loadKubeConfig(kubeconfig));
    this.#signal = signal;
  }

  /** @param path of the collection */
  async create(path: string, object: object): Promise<void> {
    await this.#call({ method: "POST", path, contentType: "application/json", body: JSON.stringify(object) });
  }

  /** A merge patch. @param path of the object */
  async change(path: string, patch: object): Promise<void> {
    const body = JSON.stringify(patch);
    await this.#call({ method: "PATCH", path, contentType: "application/merge-patch+json", body });
  }

  /** @param path of the object */
  async remove(path: string): Promise<void> {
    await this.#call({ method: "DELETE", path });
  }

  async pools(namespace: string): Promise<readonly SessionPool[]> {
    const text = await this.#call({ method: "GET", path: poolsPath(namespace) });
    return (JSON.parse(text) as ObjectList<SessionPool>).items;
  }

  async leave(): Promise<void> {
    await this.#transport.close();
  }

  async #call(request: KubernetesRequest): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#once(request);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof Refused || Date.now() > deadline) throw error;
        await setTimeout(PAUSE_MS);
      }
    }
  }

  async #once(request: KubernetesRequest): Promise<string> {
    const { status, body } = await this.#transport.send({ ...request, signal: this.#signal });
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    const text = Buffer.concat(pieces).toString("utf8");
    if (status < 300 || status === DONE[request.method]) return text;
    const message = `${request.method} ${request.path}: ${status} ${text}`;
    throw status === 429 || status >= 500 ? new Error(message) : new Refused(message);
  }
}
