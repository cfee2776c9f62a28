import type { JsonObject } from "./json.ts";
import { OWNER_TAG, tagOf } from "./own-tags.ts";

/** Who a pool belongs to. */
export interface Owner {
  /** UID of the cluster's kube-system namespace, unless configured. */
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What a pool's tag says about `owner`. */
export type Ownership =
  | { readonly kind: "ours" }
  /** There is no tag, or none that can be read. */
  | { readonly kind: "unowned" }
  | { readonly kind: "other"; readonly owner: Owner };

/** The tag's value, `clusterId/namespace/name/uid`: at most 63+1+63+1+63+1+36 = 228 of the 256 characters that Azure allows. */
export function ownerTag(owner: Owner): string {
  return [owner.clusterId, owner.namespace, owner.name, owner.uid].join("/");
}

/**
 * Whether the live pool is the resource's own. The UID is not compared: a resource that was deleted and created again, or restored
 * from a backup, takes up its pool.
 */
export function ownershipOf(pool: JsonObject, owner: Owner): Ownership {
  const [clusterId, namespace, name, uid, ...rest] = tagOf(pool, OWNER_TAG)?.split("/") ?? [];
  if (!clusterId || !namespace || !name || !uid || rest.length > 0) return { kind: "unowned" };
  if (clusterId === owner.clusterId && namespace === owner.namespace && name === owner.name) return { kind: "ours" };
  return { kind: "other", owner: { clusterId, namespace, name, uid } };
}
