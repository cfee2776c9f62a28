import type { SessionPool } from "../api/session-pool.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import type { Observation } from "../sessionpool/action.ts";
import { lowerText } from "../sessionpool/json.ts";
import { type Owner, ownershipOf } from "../sessionpool/ownership.ts";

/**
 * Whether the resource that the pool's tag names is in this cluster, and for this pool. Read live, and whoever may not be read counts as being
 * there: a pool is nobody's only when that is known.
 *
 * @throws KubernetesError when the API server could not be asked
 */
export async function isOwnerHere(
  sessionPools: SessionPools,
  self: Owner,
  { metadata }: SessionPool,
  observation: Observation,
  signal: AbortSignal,
): Promise<boolean> {
  if (observation.kind !== "present" || metadata.deletionTimestamp !== undefined) return false;
  const ownership = ownershipOf(observation.pool, self, undefined);
  if (ownership.kind !== "other" || ownership.owner?.clusterId !== self.clusterId) return false;
  try {
    const named = await sessionPools.getByName(ownership.owner, signal);
    const isElsewhere =
      named?.status?.id !== undefined && named.status.id.toLowerCase() !== lowerText(observation.pool.id);
    return named !== undefined && !isElsewhere;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 403) return true;
    throw error;
  }
}
