import { REASON } from "../api/conditions.ts";
import { FINALIZER } from "../api/session-pool.ts";
import { type Action, type PlanInput, stalled } from "./action.ts";
import { ownershipOf } from "./ownership.ts";
import { formatPoolId } from "./placement.ts";
import { provisioningState } from "./live-pool.ts";
import { MESSAGE_DELETING, NOT_SHOWN } from "./progress.ts";
import { keptOutOfScope } from "./scope.ts";

/** A deleted resource is finished whatever its spec says: the pool is deleted if it is ours, let go if the policy says so. */
export function deleting(input: PlanInput): Action | undefined {
  const { resource, owner, placement, scopeProblem, observation, operation, credentials } = input;
  const { policy } = resource.spec;
  if (resource.metadata.deletionTimestamp === undefined) return undefined;
  if (!resource.metadata.finalizers?.includes(FINALIZER)) return { kind: "wait" };
  // Nobody can tell without it whether there is a pool, nor perhaps where; who lets go of the pool needs none.
  if (credentials.kind === "missing" && policy?.deletion !== "Orphan")
    return stalled(credentials.reason, credentials.message);
  const id = resource.status?.id ?? (placement.ok ? formatPoolId(placement.placement) : undefined);
  if (id === undefined)
    return { kind: "release", reason: "NoPool", warning: false, message: "no pool was ever created" };
  if (policy?.deletion === "Orphan") {
    return {
      kind: "release",
      reason: "PoolOrphaned",
      warning: true,
      message: `left in Azure as spec.policy.deletion says: ${id}`,
    };
  }
  if (policy?.protect === true)
    return stalled(
      REASON.protected,
      `the resource was deleted, but spec.policy.protect is true, so ${id} is not: set it to false to delete the pool, or spec.policy.deletion to Orphan to keep it and let the resource go`,
    );
  if (scopeProblem !== undefined) return stalled(REASON.scopeNotAllowed, keptOutOfScope(id, scopeProblem));
  if (operation.kind === "running" && operation.what === "delete")
    return { kind: "poll", reason: REASON.deleting, message: MESSAGE_DELETING };
  switch (observation.kind) {
    case "unknown":
      return { kind: "observe" };
    case "absent":
      if (input.mayAppear === "taken") return NOT_SHOWN;
      if (input.mayAppear === "unanswered")
        return {
          kind: "poll",
          reason: REASON.unavailable,
          message: "Azure has no pool, but did not answer the last update, which may still take effect; looking again",
        };
      return { kind: "release", reason: "PoolDeleted", warning: false, message: `gone from Azure: ${id}` };
    case "present":
      // A claim in the status is no reason to delete: only the tag, which only a PUT of ours puts there.
      if (ownershipOf(observation.pool, owner, undefined).kind !== "ours") {
        const why = resource.status?.adopted
          ? "since it was adopted and never updated, so its owner tag is not this resource's"
          : "since its owner tag names another owner or none";
        return { kind: "release", reason: "PoolNotOurs", warning: true, message: `not deleted, ${why}: ${id}` };
      }
      if (provisioningState(observation.pool) === "Deleting")
        return { kind: "poll", reason: REASON.deleting, message: MESSAGE_DELETING };
      // Azure takes the same again, and fails again, as often as it is asked.
      if (operation.kind === "failed" && operation.what === "delete" && !input.retryDue)
        return stalled(
          operation.code,
          `Azure could not delete the pool: ${operation.message}; it is tried again from time to time: mend this, or set spec.policy.deletion to Orphan to let the resource go and keep the pool`,
        );
      return { kind: "delete" };
  }
}
