import type { SessionPool } from "../api/session-pool.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import type { Observation } from "../sessionpool/action.ts";
import { lowerText } from "../sessionpool/json.ts";
import { type Owner, ownershipOf } from "../sessionpool/ownership.ts";
import type { Claims } from "./claims.ts";

/** What resources are looked up in. */
interface Resources {
  readonly sessionPools: SessionPools;
  readonly claims: Claims;
}

/**
 * Whether the resource that the pool's tag names is in this cluster, and for this pool. Read live, and whoever may not be read counts as being
 * there: a pool is nobody's only when that is known. Of a pool that was adopted it is known from then; that the owner is back is seen in the cache,
 * and asked live only when a write is to come.
 *
 * @throws KubernetesError when the API server could not be asked
 */
export async function isOwnerHere(
  { sessionPools, claims }: Resources,
  self: Owner,
  { metadata, status }: SessionPool,
  observation: Observation,
  next: "look" | "write",
  signal: AbortSignal,
): Promise<boolean> {
  if (observation.kind !== "present" || metadata.deletionTimestamp !== undefined) return false;
  const { pool } = observation;
  const ownership = ownershipOf(pool, self, undefined);
  if (ownership.kind !== "other" || ownership.owner?.clusterId !== self.clusterId) return false;
  const { namespace, name } = ownership.owner;
  const isAdopted = ownershipOf(pool, self, status?.adopted).kind === "adopted";
  try {
    const named =
      isAdopted && next === "look"
        ? claims.resource(`${namespace}/${name}`)
        : await sessionPools.getByName({ namespace, name }, signal);
    const isElsewhere = named?.status?.id !== undefined && named.status.id.toLowerCase() !== lowerText(pool.id);
    return named !== undefined && !isElsewhere;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 403) return true;
    throw error;
  }
}
