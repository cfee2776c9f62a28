import type { SessionPoolStatus } from "../api/session-pool.ts";
import type { JsonObject } from "./json.ts";
import { OWNER_TAG, tagOf } from "./own-tags.ts";
import { sameId } from "./placement.ts";
import { createdAt } from "./live-pool.ts";

/** Who a pool belongs to. */
export interface Owner {
  /** UID of the cluster's kube-system namespace, unless configured. */
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** status.adopted: the claim of a resource on a pool that it did not create. */
export type Adopted = NonNullable<SessionPoolStatus["adopted"]>;

/** Whose a pool is, by its tag, and by the resource's claim where the tag says nothing of the resource. */
export type Ownership =
  /** The tag names the resource. */
  | { readonly kind: "ours" }
  /** The resource has adopted the pool, and its tag is what it was then; no PUT of ours has put our tag there yet. */
  | { readonly kind: "adopted" }
  /** There is no tag. */
  | { readonly kind: "unowned" }
  /** The tag names somebody else; `owner` is absent when it is not in the form that this operator writes. */
  | { readonly kind: "other"; readonly tag: string; readonly owner?: Owner };

/** The tag's value, `clusterId/namespace/name/uid`: at most 63+1+63+1+63+1+36 = 228 of the 256 characters that Azure allows. */
export function ownerTag(owner: Owner): string {
  return [owner.clusterId, owner.namespace, owner.name, owner.uid].join("/");
}

/**
 * Whose the live pool is, as the resource of `owner` sees it. The UID is not compared: a resource that was deleted and created again, or
 * restored from a backup, takes up its pool.
 *
 * @param adopted the resource's claim, if it has one
 */
export function ownershipOf(pool: JsonObject, owner: Owner, adopted: Adopted | undefined): Ownership {
  const tag = tagOf(pool, OWNER_TAG);
  const named = tag === undefined ? undefined : ownerIn(tag);
  if (named && isSameOwner(named, owner)) return { kind: "ours" };
  if (adopted?.owner === tag && isOn(pool, adopted)) return { kind: "adopted" };
  if (tag === undefined || tag === "") return { kind: "unowned" };
  return { kind: "other", tag, ...(named ? { owner: named } : {}) };
}

/** Whether the claim is on this pool, not on one of its id that was there before. */
function isOn(pool: JsonObject, adopted: Adopted | undefined): boolean {
  if (!adopted || typeof pool.id !== "string" || !sameId(adopted.id, pool.id)) return false;
  return adopted.createdAt === undefined || adopted.createdAt === createdAt(pool);
}

/**
 * The claim after a read of the pool: once an update has brought the resource's own tag, that alone counts. What the tag was when the pool was
 * adopted means nothing when it comes back, or two owners would take the pool from each other for ever.
 *
 * @param pool the pool as it was read; undefined when it was not
 * @param generation metadata.generation of the resource
 */
export function claimAfter(
  adopted: Adopted | undefined,
  pool: JsonObject | undefined,
  owner: Owner,
  generation: number,
): Adopted | undefined {
  const tag = pool && tagOf(pool, OWNER_TAG);
  const named = tag === undefined ? undefined : ownerIn(tag);
  if (!adopted || tag === undefined || !named || !isSameOwner(named, owner)) return adopted;
  const { secrets: _secrets, ...rest } = adopted;
  return { ...rest, owner: tag, generation };
}

/** Names as Kubernetes has them: who may write tags must not be able to write paths. */
const TAG =
  /^([A-Za-z0-9](?:[-.\w]{0,61}[A-Za-z0-9])?)\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)\/([-A-Za-z0-9]{1,64})$/;

/** Reads a tag's value; undefined when it is not in the form that {@link ownerTag} writes. */
function ownerIn(tag: string): Owner | undefined {
  const [clusterId = "", namespace = "", name = "", uid = ""] = tag.split("/");
  return TAG.test(tag) ? { clusterId, namespace, name, uid } : undefined;
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return a.clusterId === b.clusterId && a.namespace === b.namespace && a.name === b.name;
}
