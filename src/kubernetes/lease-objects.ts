import type { KubernetesClient, ObjectMeta } from "./client.ts";
import { isNotFound, isPreconditionFailed } from "./errors.ts";

/** The spec of a coordination.k8s.io/v1 Lease; times are RFC 3339 with microseconds (metav1.MicroTime). */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseObject {
  readonly metadata: ObjectMeta;
  readonly spec?: LeaseSpec;
}

/** Who has it; empty: nobody. */
export function holderOf({ spec }: LeaseObject): string {
  return spec?.holderIdentity ?? "";
}

/** Whether nothing was written between two looks. */
export function isSame({ metadata: one }: LeaseObject, { metadata: other }: LeaseObject): boolean {
  return one.uid === other.uid && one.resourceVersion === other.resourceVersion;
}

/** Reads and writes one Lease. Each write lands on the object as it was read, or nowhere. */
export class LeaseObjects {
  readonly #client: KubernetesClient;
  readonly #namespace: string;
  readonly #name: string;

  constructor(client: KubernetesClient, namespace: string, name: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** @returns undefined when there is none */
  async get(signal: AbortSignal): Promise<LeaseObject | undefined> {
    try {
      return await this.#client.get<LeaseObject>(`${this.#collection}/${encodeURIComponent(this.#name)}`, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** @throws KubernetesError 409 when there is one already */
  async create(spec: LeaseSpec, signal: AbortSignal): Promise<LeaseObject> {
    const metadata = { name: this.#name, namespace: this.#namespace };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    return await this.#client.create<LeaseObject>(this.#collection, lease, signal);
  }

  /** @throws KubernetesError 422 when it changed since it was read or is another, 404 when it is gone */
  async update({ metadata }: LeaseObject, spec: LeaseSpec, signal: AbortSignal): Promise<LeaseObject> {
    return await this.#client.patch<LeaseObject>(
      `${this.#collection}/${encodeURIComponent(this.#name)}`,
      [
        { op: "test", path: "/metadata/uid", value: metadata.uid },
        { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
        { op: "add", path: "/spec", value: spec },
      ],
      signal,
    );
  }

  /**
   * Gives it back for whoever comes first, also when its holder's last renewal landed without an answer in time.
   *
   * @param lease ours, as it was seen last
   * @param now as metav1.MicroTime
   * @throws KubernetesError when it is not ours any more, or the write is refused
   */
  async release(lease: LeaseObject, now: string, signal: AbortSignal): Promise<void> {
    const empty = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
    try {
      await this.update(lease, { ...lease.spec, ...empty }, signal);
    } catch (error) {
      const found = isPreconditionFailed(error) ? await this.get(signal) : undefined;
      if (!found || isSame(found, lease) || holderOf(found) !== holderOf(lease)) throw error;
      await this.update(found, { ...found.spec, ...empty }, signal);
    }
  }

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#namespace)}/leases`;
  }
}
