import type { KubernetesClient, ObjectMeta } from "./client.ts";
import { isNotFound } from "./errors.ts";

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

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#namespace)}/leases`;
  }
}
