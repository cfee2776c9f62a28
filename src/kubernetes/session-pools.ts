import { FINALIZER, GROUP, PLURAL, type SessionPool, type SessionPoolStatus, VERSION } from "../api/session-pool.ts";
import type { JsonPatchOperation, KubernetesClient } from "./client.ts";
import { isNotFound } from "./errors.ts";
import { type Labels, parseLabelSelector } from "./label-selector.ts";

/**
 * Collection paths of the SessionPools of the namespaces, or of the whole cluster.
 *
 * @param labelSelector leaves out the resources whose labels it does not select
 */
export function sessionPoolPaths(namespaces: readonly string[] | undefined, labelSelector?: string): readonly string[] {
  const base = `/apis/${GROUP}/${VERSION}`;
  const query = labelSelector === undefined ? "" : `?labelSelector=${encodeURIComponent(labelSelector)}`;
  return (namespaces?.map((namespace) => `${base}/namespaces/${namespace}/${PLURAL}`) ?? [`${base}/${PLURAL}`]).map(
    (path) => path + query,
  );
}

/**
 * Reads and writes SessionPools. Each write is a JSON Patch with a test on UID and version, so that it lands on the object it was meant
 * for, as it was read, or nowhere (kubernetes-conventions §1.3).
 */
export class SessionPools {
  readonly #client: KubernetesClient;
  readonly #isOurs: (labels: Labels) => boolean;

  /**
   * @param labelSelector which resources are this process's; left out: all
   * @throws LabelSelectorError
   */
  constructor(client: KubernetesClient, labelSelector?: string) {
    this.#client = client;
    this.#isOurs = labelSelector === undefined ? () => true : parseLabelSelector(labelSelector);
  }

  /** A live read by name, whoever's it is; undefined when there is none. */
  async getByName(of: NamedPool, signal: AbortSignal): Promise<SessionPool | undefined> {
    try {
      return await this.#client.get<SessionPool>(pathOf({ metadata: of }), signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * A live read; undefined when the object is gone, another one has taken its name, or its labels have given it to another process, which the
   * watch may be late to say.
   */
  async get(of: SessionPool, signal: AbortSignal): Promise<SessionPool | undefined> {
    const live = await this.getByName(of.metadata, signal);
    return live?.metadata.uid === of.metadata.uid && this.#isOurs(live.metadata.labels ?? {}) ? live : undefined;
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
