import { FINALIZER, GROUP, PLURAL, type SessionPool, type SessionPoolStatus, VERSION } from "../api/session-pool.ts";
import type { JsonPatchOperation, KubernetesClient } from "./client.ts";
import { isNotFound } from "./errors.ts";

/** Collection paths of the SessionPools of the namespaces, or of the whole cluster. */
export function sessionPoolPaths(namespaces: readonly string[] | undefined): readonly string[] {
  const base = `/apis/${GROUP}/${VERSION}`;
  return namespaces?.map((namespace) => `${base}/namespaces/${namespace}/${PLURAL}`) ?? [`${base}/${PLURAL}`];
}

/**
 * Reads and writes SessionPools. Each write is a JSON Patch with a test on UID and version, so that it lands on the object it was meant
 * for, as it was read, or nowhere (kubernetes-conventions §1.3).
 */
export class SessionPools {
  readonly #client: KubernetesClient;

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** A live read by name; undefined when there is none. */
  async getByName(of: NamedPool, signal: AbortSignal): Promise<SessionPool | undefined> {
    try {
      return await this.#client.get<SessionPool>(pathOf({ metadata: of }), signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** A live read; undefined when the object is gone or another one has taken its name. */
  async get(of: SessionPool, signal: AbortSignal): Promise<SessionPool | undefined> {
    const live = await this.getByName(of.metadata, signal);
    return live?.metadata.uid === of.metadata.uid ? live : undefined;
  }

  /**
   * Writes the status of the object as it was read, so that a view that lags behind cannot put an old status over a newer one.
   *
   * @returns the object as it is then
   * @throws KubernetesError 422 when the object changed since it was read or is another, 404 when it is gone
   */
  async writeStatus(of: SessionPool, status: SessionPoolStatus, signal: AbortSignal): Promise<SessionPool> {
    return await this.#client.patch(
      `${pathOf(of)}/status`,
      [...unchanged(of), { op: of.status === undefined ? "add" : "replace", path: "/status", value: status }],
      signal,
    );
  }

  /** Adds our finalizer. @returns the object as it is then @throws KubernetesError 422 when the object changed since it was read */
  async addFinalizer(of: SessionPool, signal: AbortSignal): Promise<SessionPool> {
    return await this.#writeFinalizers(of, [...(of.metadata.finalizers ?? []), FINALIZER], signal);
  }

  /** Removes our finalizer; the API server then removes the object. @throws KubernetesError 422 when the object changed since it was read */
  async removeFinalizer(of: SessionPool, signal: AbortSignal): Promise<void> {
    await this.#writeFinalizers(
      of,
      (of.metadata.finalizers ?? []).filter((name) => name !== FINALIZER),
      signal,
    );
  }

  async #writeFinalizers(of: SessionPool, finalizers: readonly string[], signal: AbortSignal): Promise<SessionPool> {
    // Another controller's finalizer, added meanwhile, must not get lost.
    const operations: readonly JsonPatchOperation[] = [
      ...unchanged(of),
      { op: "add", path: "/metadata/finalizers", value: finalizers },
    ];
    return await this.#client.patch(pathOf(of), operations, signal);
  }
}

type NamedPool = Pick<SessionPool["metadata"], "namespace" | "name">;

function pathOf({ metadata }: { readonly metadata: NamedPool }): string {
  return `/apis/${GROUP}/${VERSION}/namespaces/${encodeURIComponent(metadata.namespace)}/${PLURAL}/${encodeURIComponent(metadata.name)}`;
}

/** The object is the one that was read, and nobody has written it since. */
function unchanged({ metadata }: SessionPool): readonly JsonPatchOperation[] {
  return [
    { op: "test", path: "/metadata/uid", value: metadata.uid },
    { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
  ];
}
