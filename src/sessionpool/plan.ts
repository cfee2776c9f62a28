import { REASON } from "../api/conditions.ts";
import { FINALIZER } from "../api/session-pool.ts";
import { type Action, type PlanInput, poolOf, stalled } from "./action.ts";
import { gate, modeOf, planned } from "./approval.ts";
import { type Comparison, compare } from "./comparison.ts";
import { deleting } from "./deletion.ts";
import { show } from "./json.ts";
import { stillKnown } from "./known-differences.ts";
import { ownershipOf } from "./ownership.ts";
import { formatPoolId, parsePoolId, sameId } from "./placement.ts";
import { inProgress, isFinal, provisioningState } from "./progress.ts";
import { absent, failed, immutableChange, outOfSync } from "./update.ts";

/** @param comparison of the resource with its pool, made at the first call and only then */
type Policy = (input: PlanInput, comparison: () => Comparison) => Action | undefined;

/** The policies in the order in which they speak; the first that answers decides. */
const POLICIES: readonly Policy[] = [
  deleting,
  suspended,
  invalidSpec,
  credentialsMissing,
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
  let compared: Comparison | undefined;
  const comparison = (): Comparison => (compared ??= compareInput(input));
  for (const policy of POLICIES) {
    const action = policy(input, comparison);
    if (action) return gate(input, action);
  }
  return gate(input, { kind: "ready", known: stillKnown(input.applied, comparison().changes, input.show) });
}

/** The resource against its pool, or against nothing while there is none. */
export function compareInput(input: Pick<PlanInput, "resource" | "desired" | "observation" | "secrets">): Comparison {
  const { resource, desired, observation, secrets } = input;
  return compare(desired, poolOf(observation), {
    ignore: observation.kind === "present" ? (resource.spec.policy?.ignore ?? []) : [],
    secrets: secrets.kind === "resolved" ? secrets.sent : undefined,
  });
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

/** Without the credential that the resource is meant to use, Azure is not asked, and never with a broader one. */
function credentialsMissing({ credentials }: PlanInput): Action | undefined {
  return credentials.kind === "missing" ? stalled(credentials.reason, credentials.message) : undefined;
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

/** The finalizer is there before anything can exist in Azure, so that no pool is left behind. Who only observes needs none. */
function withoutFinalizer({ resource }: PlanInput): Action | undefined {
  if (resource.metadata.finalizers?.includes(FINALIZER) || modeOf(resource) === "Observe") return undefined;
  return { kind: "addFinalizer" };
}

/** While our own operation runs, its URL is asked instead of the pool. */
function notObserved(input: PlanInput): Action | undefined {
  if (input.observation.kind !== "unknown") return undefined;
  return input.operation.kind === "running" ? inProgress(input, input.operation.what) : { kind: "observe" };
}

/** A pool that is not ours is neither changed nor taken over. */
function notOurs(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const { owner } = input;
  const pool = poolOf(input.observation);
  const ownership = ownershipOf(pool, owner);
  switch (ownership.kind) {
    case "ours":
      return undefined;
    case "unowned": {
      const { changes } = comparison();
      return stalled(
        REASON.alreadyExists,
        `${show(pool.id)} exists and carries no owner tag of this operator: choose another spec.azureName, or delete that pool; status.plan has what would be changed`,
        { plan: planned(input, changes.length === 0 ? "None" : "Update", changes) },
      );
    }
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

/** Azure refuses writes while it works; what the spec says then is planned when it is done. */
function operationInProgress(input: PlanInput): Action | undefined {
  const pool = poolOf(input.observation);
  if (input.operation.kind === "running") return inProgress(input, input.operation.what);
  if (isFinal(pool)) return undefined;
  return inProgress(input, provisioningState(pool) === "Deleting" ? "delete" : "put");
}
