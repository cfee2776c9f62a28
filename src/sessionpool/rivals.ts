import { FINALIZER, type SessionPool } from "../api/session-pool.ts";
import type { PlanInput } from "./action.ts";
import { modeOf } from "./approval.ts";
import { sameId } from "./placement.ts";

/**
 * Whether a resource can stand in the way of another for the pool: one without the finalizer has nothing to do with Azure yet or any more, who
 * observes never will, and one whose pool is elsewhere stays there, whatever it asks for now.
 *
 * @param poolId the pool that both ask for
 */
export function isRival(candidate: SessionPool, poolId: string): boolean {
  const { metadata, status } = candidate;
  const isElsewhere = status?.id !== undefined && !sameId(status.id, poolId);
  return metadata.finalizers?.includes(FINALIZER) === true && modeOf(candidate) !== "Observe" && !isElsewhere;
}

/**
 * The other resource of this cluster that has the pool, or is to have it: the first keeps it. Where the pool's tag names its owner, the tag
 * decides and nobody asks here.
 *
 * First is who has begun to create the pool or has adopted it (`heldBy`, and what the statuses say); where nobody has, the oldest of those
 * that may.
 */
export function rivalOf(
  input: Pick<PlanInput, "resource" | "rivals" | "heldBy" | "observation">,
): SessionPool | undefined {
  const { resource, rivals, heldBy, observation } = input;
  const begun = rivals.find(({ metadata }) => metadata.uid === heldBy);
  if (begun || heldBy === resource.metadata.uid) return begun;
  const isThere = observation.kind === "present";
  const hasClaim = ({ status }: SessionPool): boolean => status?.adopted !== undefined;
  const isClaimed = isThere && [resource, ...rivals].some(hasClaim);
  // Who was in sync once may only have observed it; a claim on a pool that is there says more.
  const isHolder = (candidate: SessionPool): boolean =>
    hasClaim(candidate) || (!isClaimed && candidate.status?.syncedHash !== undefined);
  const may = (candidate: SessionPool): boolean =>
    candidate.metadata.deletionTimestamp === undefined &&
    candidate.spec.suspend !== true &&
    (!isThere || (candidate.spec.policy?.adoption ?? "Never") !== "Never");
  const holders = rivals.filter(isHolder);
  if (isHolder(resource)) return oldest(holders, resource);
  return holders.length > 0 ? oldest(holders) : oldest(rivals.filter(may), resource);
}

/** The oldest of them, when it is older than `than`; of two of the same second one is, and always the same. */
function oldest(resources: readonly SessionPool[], than?: SessionPool): SessionPool | undefined {
  const [first] = [...resources].sort((a, b) => (isOlder(a, b) ? -1 : 1));
  return first && (!than || isOlder(first, than)) ? first : undefined;
}

function isOlder(a: SessionPool, b: SessionPool): boolean {
  const [at, bt] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return at === bt ? a.metadata.uid < b.metadata.uid : at < bt;
}
