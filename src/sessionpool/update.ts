import { REASON, findCondition } from "../api/conditions.ts";
import { APPROVED_PLAN } from "../api/session-pool.ts";
import { type Action, type Drift, type PlanInput, type PutReason, type StatusPlan, poolOf, stalled } from "./action.ts";
import { planned } from "./approval.ts";
import type { Comparison } from "./comparison.ts";
import type { Change } from "./diff.ts";
import { driftOf, isDrift } from "./drift.ts";
import { fieldsTags } from "./fields-tag.ts";
import { show } from "./json.ts";
import { MAX_UPDATES_WITHOUT_EFFECT, unknownDifferences, withoutEffect } from "./known-differences.ts";
import { OWNER_TAG, SECRETS_TAG } from "./own-tags.ts";
import { ownerTag, ownershipOf } from "./ownership.ts";
import { IMMUTABLE } from "./ownership-rules.ts";
import { provisioningState } from "./live-pool.ts";
import { NOT_SHOWN } from "./progress.ts";
import { putBody } from "./put-body.ts";
import { secretsTag } from "./secrets-tag.ts";

/** Reasons that are the operator's, not Azure's. */
const OWN_REASONS: ReadonlySet<string> = new Set(Object.values(REASON));

/** No pool: create it, unless there is not even a group to create it in. */
export function absent(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const { observation } = input;
  if (observation.kind !== "absent") return undefined;
  if (input.mayAppear === "taken") return NOT_SHOWN;
  if (observation.groupMissing) return stalled("ResourceGroupNotFound", observation.message);
  const failure = waitsAfterFailure(input);
  if (failure) return failure;
  if (reportsDrift(input) && input.resource.status?.syncedHash !== undefined) {
    return stalled(
      REASON.drifted,
      "the pool was deleted in Azure, and spec.policy.drift is Report: set it to Correct, or edit the spec, to create the pool again",
      { drift: { paths: [""], message: "the pool was deleted in Azure" } },
    );
  }
  const create = put(input, comparison(), comparison().changes, "Create");
  const wasThere = input.resource.status?.syncedHash !== undefined && isDrift(input.resource, input.desired, false);
  if (!wasThere || create.kind === "hold") return create;
  const drift = { paths: [""], message: "the pool was deleted in Azure" };
  return repair(input, { ...create, drift }, drift);
}

/** The last operation failed, and it is not yet time to try again. */
function waitsAfterFailure({ operation, retryDue }: PlanInput): Action | undefined {
  return operation.kind === "failed" && !retryDue ? stalled(operation.code, operation.message) : undefined;
}

/** What Azure cannot change in place is not tried. */
export function immutableChange(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const { changes } = comparison();
  // What our own PUT asked for, and Azure keeps otherwise, is no edit.
  const broken = unknownDifferences(input.applied, changes, input.show).filter(({ path }) => IMMUTABLE.includes(path));
  if (broken.length === 0) return undefined;
  const values = broken.map(
    ({ path, desired, observed }) => `${path} is ${show(observed)} in Azure and ${show(desired)} in the spec`,
  );
  return stalled(
    REASON.immutableField,
    `${values.join("; ")}: Azure cannot change this on an existing pool; restore the value, or delete the resource and create it anew`,
    { plan: planned(input, "Update", changes) },
  );
}

/** A failed pool is tried again: at once when the spec changed, else when its time has come, since the cause may be gone. */
export function failed(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const state = provisioningState(poolOf(input.observation));
  // Azure may leave a pool as it was when an update fails; what it insists on is no failure.
  if (
    state === "Succeeded" &&
    (input.operation.kind !== "failed" ||
      unknownDifferences(input.applied, comparison().changes, input.show).length === 0)
  )
    return undefined;
  // A pool that failed before it was adopted is its user's as it is: adopting writes nothing by itself.
  if (isUntouched(input) && comparison().changes.length === 0)
    return stalled(
      REASON.provisioningFailed,
      `Azure reports provisioningState ${state} for the pool, which was adopted and not updated since: an edit of the spec that changes the pool makes the operator try an update`,
    );
  // Somebody's change that failed is still somebody's change, and only reported.
  if (reportsDrift(input) && comparison().changes.length > 0) return undefined;
  if (input.retryDue) return put(input, comparison(), comparison().changes, "RetryAfterFailure");
  const failure = waitsAfterFailure(input);
  if (failure) return failure;
  // Only the operation had Azure's words; after a restart they stand in the status alone.
  const told = findCondition(input.resource.status?.conditions, "Stalled");
  if (told?.observedGeneration === input.resource.metadata.generation && !OWN_REASONS.has(told.reason))
    return stalled(told.reason, told.message);
  return stalled(
    REASON.provisioningFailed,
    `Azure reports provisioningState ${state} for the pool, without saying why; it is tried again from time to time, and at once when the spec changes`,
  );
}

/** Azure has something else than the resource asks for, and nobody knows that a PUT would not help. */
export function outOfSync(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const { resource, applied, show: shown } = input;
  const compared = comparison();
  const changes = unknownDifferences(applied, compared.changes, shown);
  if (changes.length === 0) return undefined;
  const stuck = withoutEffect(applied, resource.metadata.generation, changes, shown);
  if (stuck.length > 0) {
    return stalled(
      REASON.notConverging,
      `${MAX_UPDATES_WITHOUT_EFFECT} updates in a row succeeded, and Azure still has something else at ${pathsOf(stuck)}: nothing more is written until the spec changes; take these fields out of the spec, or add them to spec.policy.ignore`,
      { plan: planned(input, "Update", changes) },
    );
  }
  const others = changes.filter((change) => change !== compared.valueChange);
  if (others.length === 0) {
    const unverified = compared.secretValues === "unverified";
    return put(input, compared, changes, unverified ? "SecretsUnverified" : "SecretsChanged");
  }
  if (!isDrift(resource, input.desired, isUntouched(input))) return put(input, compared, changes, "SpecChanged");
  const drift = driftOf(others, poolOf(input.observation));
  if (!reportsDrift(input)) {
    const correct = put(input, compared, changes, "DriftCorrected");
    return repair(input, correct.kind === "put" ? { ...correct, drift } : correct, drift);
  }
  return stalledBy(
    drift,
    REASON.drifted,
    "spec.policy.drift is Report, so nothing is written until the spec changes: set it to Correct to restore the spec, or put the new values into the spec",
    planned(input, "Update", changes),
  );
}

/** A hold for a change in Azure. Somebody who makes the same change each minute is told of by one event that counts. */
function stalledBy(drift: Drift, reason: string, why: string, plan: StatusPlan): Action & { kind: "hold" } {
  const note = `${drift.timeless ?? drift.message}; ${why}`;
  return stalled(reason, `${drift.message}; ${why}`, { note, drift, plan });
}

/** Puts one pool back; when many were changed at once, that is usually one mistake upstream, and a person decides. */
function repair(input: PlanInput, action: Action & { kind: "put" | "hold" }, drift: Drift): Action {
  if (action.kind === "hold") return action;
  const { metadata } = input.resource;
  const plan = planned(input, action.reason === "Create" ? "Create" : "Update", action.changes);
  if (!input.tooManyDrifted || metadata.annotations?.[APPROVED_PLAN] === plan.hash)
    return { ...action, isRepair: true };
  return stalledBy(
    drift,
    REASON.tooManyDrifted,
    `so were many other pools of the subscription at once, which is usually one mistake upstream, so none is put back until fewer are changed: undo the change, raise --max-drift-corrections, or approve status.plan: kubectl annotate sessionpool -n ${metadata.namespace} ${metadata.name} --overwrite ${APPROVED_PLAN}=${plan.hash}`,
    plan,
  );
}

/** Whether the pool was adopted and never updated. */
function isUntouched({ resource, observation, owner, operation }: PlanInput): boolean {
  return (
    operation.kind !== "failed" && ownershipOf(poolOf(observation), owner, resource.status?.adopted).kind === "adopted"
  );
}

/** Whether what differs now was changed in Azure, and may only be told. */
function reportsDrift(input: PlanInput): boolean {
  const { resource, desired } = input;
  return resource.spec.policy?.drift === "Report" && isDrift(resource, desired, isUntouched(input));
}

function put(
  input: PlanInput,
  compared: Comparison,
  changes: readonly Change[],
  reason: PutReason,
): Action & { kind: "put" | "hold" } {
  const { resource, observation, owner, secrets } = input;
  const unlisted = compared.unlistedSecrets;
  if (unlisted.length > 0 && resource.spec.policy?.unlistedSecrets !== "Remove") {
    return stalled(
      REASON.secretsWouldBeRemoved,
      `the pool has secrets that spec.secrets does not list, and an update${changes.length > 0 ? ` (${pathsOf(changes)})` : ""} would remove them: ${unlisted.join(", ")}; list them, or set spec.policy.unlistedSecrets to Remove`,
      { plan: planned(input, "Update", changes) },
    );
  }
  // Whoever approves a plan sees what it takes away.
  const stripped = changes.some(({ path }) => path.startsWith("/properties/secrets"))
    ? []
    : unlisted.map((name): Change => ({ path: "/properties/secrets", observed: { name } }));
  const sent = secrets.kind === "resolved" ? secrets.sent : undefined;
  const ownTags = {
    [OWNER_TAG]: ownerTag(owner),
    ...(sent ? { [SECRETS_TAG]: secretsTag(sent) } : {}),
    ...fieldsTags(input.desired),
  };
  const live = observation.kind === "present" ? observation.pool : undefined;
  return {
    kind: "put",
    body: putBody(compared.desired, live, compared.takenOut, ownTags),
    changes: [...changes, ...stripped],
    reason,
  };
}

function pathsOf(changes: readonly Change[]): string {
  return changes.map(({ path }) => path).join(", ");
}
