import { REASON, findCondition, isReadyAt } from "../api/conditions.ts";
import { FINALIZER } from "../api/session-pool.ts";
import type { Action, Observation, PlanInput, PutReason } from "./action.ts";
import { type Change, diff, sameChange } from "./diff.ts";
import { type JsonObject, objectOr } from "./json.ts";
import { ownerTag, ownershipOf } from "./ownership.ts";
import { formatPoolId, parsePoolId, sameId } from "./placement.ts";
import { putBody } from "./put-body.ts";

/** @param changes what differs, compared at the first call and only then */
type Policy = (input: PlanInput, changes: () => readonly Change[]) => Action | undefined;

/** The policies in the order in which they speak; the first that answers decides. */
const POLICIES: readonly Policy[] = [
  deleting,
  suspended,
  invalidSpec,
  misplaced,
  secretsMissing,
  withoutFinalizer,
  notObserved,
  absent,
  notOurs,
  operationInProgress,
  immutableChange,
  failed,
  outOfSync,
];

/** Decides the next step for one resource. Pure: the same input gives the same action. */
export function plan(input: PlanInput): Action {
  let compared: readonly Change[] | undefined;
  const changes = (): readonly Change[] => (compared ??= diff(input.desired, poolOf(input.observation)));
  for (const policy of POLICIES) {
    const action = policy(input, changes);
    if (action) return action;
  }
  return { kind: "ready", known: changes() };
}

/** A deleted resource is finished whatever its spec says: the pool is deleted if it is ours, let go if the policy says so. */
function deleting({ resource, owner, placement, observation, operation }: PlanInput): Action | undefined {
  if (resource.metadata.deletionTimestamp === undefined) return undefined;
  if (!resource.metadata.finalizers?.includes(FINALIZER)) return { kind: "wait" };
  const id = resource.status?.id ?? (placement.ok ? formatPoolId(placement.placement) : undefined);
  if (id === undefined)
    return { kind: "release", reason: "NoPool", warning: false, message: "no pool was ever created" };
  if (resource.spec.policy?.deletion === "Orphan") {
    return {
      kind: "release",
      reason: "PoolOrphaned",
      warning: true,
      message: `left in Azure as spec.policy.deletion says: ${id}`,
    };
  }
  if (operation.kind === "running" && operation.what === "delete")
    return { kind: "poll", reason: REASON.deleting, message: MESSAGE_DELETING };
  switch (observation.kind) {
    case "unknown":
      return { kind: "observe" };
    case "absent":
      return { kind: "release", reason: "PoolDeleted", warning: false, message: `gone from Azure: ${id}` };
    case "present":
      if (ownershipOf(observation.pool, owner).kind !== "ours") {
        return {
          kind: "release",
          reason: "PoolNotOurs",
          warning: true,
          message: `not deleted, since its owner tag names another owner or none: ${id}`,
        };
      }
      if (provisioningState(observation.pool) === "Deleting")
        return { kind: "poll", reason: REASON.deleting, message: MESSAGE_DELETING };
      return { kind: "delete" };
  }
}

/** A suspended resource is neither read nor written in Azure. */
function suspended({ resource }: PlanInput): Action | undefined {
  if (resource.spec.suspend !== true) return undefined;
  return {
    kind: "hold",
    condition: "Suspended",
    reason: REASON.suspended,
    message: "spec.suspend is true: the pool is neither read nor changed",
  };
}

/** A resource that is older than a rule of the schema is not sent: Azure would refuse it, or worse, take it. */
function invalidSpec({ violations }: PlanInput): Action | undefined {
  return violations.length === 0
    ? undefined
    : stalled(REASON.invalidSpec, `the spec is not valid: ${violations.join("; ")}`);
}

/** A pool stays where it was created, also when the operator's default subscription changes. */
function misplaced({ resource, placement }: PlanInput): Action | undefined {
  if (!placement.ok) return stalled(REASON.invalidSpec, placement.message);
  const id = formatPoolId(placement.placement);
  const previous = resource.status?.id;
  if (previous === undefined || parsePoolId(previous) === undefined || sameId(previous, id)) return undefined;
  return stalled(
    REASON.immutableField,
    `the pool is ${previous}, but the resource now asks for ${id}: set spec.subscriptionId, spec.resourceGroup and spec.azureName to those of the pool, or delete the resource and create it anew`,
  );
}

/** A PUT carries every secret value or is not made. */
function secretsMissing({ secrets }: PlanInput): Action | undefined {
  return secrets.kind === "missing" ? stalled(secrets.reason, secrets.message) : undefined;
}

/** The finalizer is there before anything can exist in Azure, so that no pool is left behind. */
function withoutFinalizer({ resource }: PlanInput): Action | undefined {
  return resource.metadata.finalizers?.includes(FINALIZER) ? undefined : { kind: "addFinalizer" };
}

/** While our own operation runs, its URL is asked instead of the pool. */
function notObserved(input: PlanInput): Action | undefined {
  if (input.observation.kind !== "unknown") return undefined;
  return input.operation.kind === "running" ? inProgress(input, input.operation.what) : { kind: "observe" };
}

/** No pool: create it, unless there is not even a group to create it in. */
function absent({ observation, desired, owner }: PlanInput): Action | undefined {
  if (observation.kind !== "absent") return undefined;
  if (observation.groupMissing) return stalled("ResourceGroupNotFound", observation.message);
  return { kind: "put", body: putBody(desired, undefined, ownerTag(owner)), changes: [], reason: "Create" };
}

/** A pool that is not ours is neither changed nor taken over. */
function notOurs({ observation, owner }: PlanInput): Action | undefined {
  const pool = poolOf(observation);
  const ownership = ownershipOf(pool, owner);
  switch (ownership.kind) {
    case "ours":
      return undefined;
    case "unowned":
      return stalled(
        REASON.alreadyExists,
        `${show(pool.id)} exists and carries no owner tag of this operator: choose another spec.azureName, or delete that pool`,
      );
    case "other": {
      const { clusterId, namespace, name } = ownership.owner;
      const where =
        clusterId === owner.clusterId ? `${namespace}/${name}` : `${namespace}/${name} of cluster ${clusterId}`;
      return stalled(
        REASON.ownedByOther,
        `${show(pool.id)} belongs to the SessionPool ${where}: choose another spec.azureName`,
      );
    }
  }
}

/** Azure refuses writes while it works; what the spec says then is planned when it is done. Unknown states count as working (ARM: only three are final). */
function operationInProgress(input: PlanInput): Action | undefined {
  const state = provisioningState(poolOf(input.observation));
  if (input.operation.kind === "running") return inProgress(input, input.operation.what);
  if (FINAL_STATES.has(state)) return undefined;
  return inProgress(input, state === "Deleting" ? "delete" : "put");
}

/** What Azure cannot change in place is not tried. */
function immutableChange(_input: PlanInput, changes: () => readonly Change[]): Action | undefined {
  const broken = changes().filter(({ path }) => IMMUTABLE.has(path));
  if (broken.length === 0) return undefined;
  const values = broken.map(
    ({ path, desired, observed }) => `${path} is ${show(observed)} in Azure and ${show(desired)} in the spec`,
  );
  return stalled(
    REASON.immutableField,
    `${values.join("; ")}: Azure cannot change this on an existing pool; restore the value, or delete the resource and create it anew`,
  );
}

/** A failed pool is tried again: at once when the spec changed, else when its time has come, since the cause may be gone. */
function failed(input: PlanInput, changes: () => readonly Change[]): Action | undefined {
  const state = provisioningState(poolOf(input.observation));
  if (state === "Succeeded" && input.operation.kind !== "failed") return undefined;
  if (input.retryDue) return put(input, changes(), "RetryAfterFailure");
  if (input.operation.kind === "failed") return stalled(input.operation.code, input.operation.message);
  // Only the operation had Azure's words; after a restart they stand in the status alone.
  const told = findCondition(input.resource.status?.conditions, "Stalled");
  if (told?.observedGeneration === input.resource.metadata.generation && !OWN_REASONS.has(told.reason))
    return stalled(told.reason, told.message);
  return stalled(
    REASON.provisioningFailed,
    `Azure reports provisioningState ${state} for the pool, without saying why; it is tried again from time to time, and at once when the spec changes`,
  );
}

function outOfSync(input: PlanInput, changes: () => readonly Change[]): Action | undefined {
  const unexpected = changes().filter((change) => !input.known.some((known) => sameChange(known, change)));
  if (unexpected.length === 0) return undefined;
  const wasInSync = isReadyAt(input.resource.status?.conditions, input.resource.metadata.generation);
  return put(input, unexpected, wasInSync ? "DriftCorrected" : "SpecChanged");
}

/** What the conditions say while Azure works; the same before and after a restart, so that a restart writes nothing. */
export const MESSAGE_WORKING = "Azure is working on the pool; this takes minutes";

/** The same while Azure deletes. */
export const MESSAGE_DELETING = "Azure is deleting the pool";

/** Reasons that are the operator's, not Azure's. */
const OWN_REASONS: ReadonlySet<string> = new Set(Object.values(REASON));
/** The provisioning states that are final; an absent state counts as Succeeded (azure-session-pools §5, "Async"). */
const FINAL_STATES = new Set(["Succeeded", "Failed", "Canceled"]);
/** Pointers that Azure sets at creation only (azure-session-pools §1.2, §4). */
const IMMUTABLE = new Set([
  "/location",
  "/properties/environmentId",
  "/properties/containerType",
  "/properties/poolManagementType",
]);

/** The pool's provisioningState as Azure says it. */
export function provisioningState(pool: JsonObject): string {
  const state = objectOr(pool.properties).provisioningState;
  return typeof state === "string" ? state : "Succeeded";
}

function put(input: PlanInput, changes: readonly Change[], reason: PutReason): Action {
  return {
    kind: "put",
    body: putBody(input.desired, poolOf(input.observation), ownerTag(input.owner)),
    changes,
    reason,
  };
}

function poolOf(observation: Observation): JsonObject {
  return observation.kind === "present" ? observation.pool : {};
}

function inProgress({ resource }: PlanInput, what: "put" | "delete"): Action {
  if (what === "delete")
    return {
      kind: "poll",
      reason: REASON.deleting,
      message: `${MESSAGE_DELETING}; it is created again when that is done`,
    };
  const creating = findCondition(resource.status?.conditions, "Ready")?.reason === REASON.creating;
  return { kind: "poll", reason: creating ? REASON.creating : REASON.updating, message: MESSAGE_WORKING };
}

function stalled(reason: string, message: string): Action {
  return { kind: "hold", condition: "Stalled", reason, message };
}

function show(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}
