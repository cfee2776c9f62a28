import { REASON } from "../api/conditions.ts";
import { FINALIZER } from "../api/session-pool.ts";
import { type Action, type PlanInput, poolOf, stalled } from "./action.ts";
import { notOurs, readable } from "./adoption.ts";
import { gate, modeOf } from "./approval.ts";
import { type Comparison, compare } from "./comparison.ts";
import { deleting } from "./deletion.ts";
import { stillKnown } from "./known-differences.ts";
import { formatPoolId, parsePoolId, sameId } from "./placement.ts";
import { isFinal, provisioningState } from "./live-pool.ts";
import { inProgress } from "./progress.ts";
import { idProblems } from "./spec-ids.ts";
import { absent, failed, immutableChange, outOfSync } from "./update.ts";

/** @param comparison of the resource with its pool, made at the first call and only then */
type Policy = (input: PlanInput, comparison: () => Comparison) => Action | undefined;

/** The policies in the order in which they speak; the first that answers decides. */
const POLICIES: readonly Policy[] = [
  deleting,
  suspended,
  outOfScope,
  invalidSpec,
  credentialsMissing,
  misplaced,
  secretsMissing,
  withoutFinalizer,
  notObserved,
  notOurs,
  absent,
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
export function compareInput(
  input: Pick<PlanInput, "resource" | "desired" | "observation" | "secrets" | "owner">,
): Comparison {
  const { resource, desired, observation, secrets } = input;
  return compare(desired, readable(input), {
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

/** What a namespace may not name is not looked at any further. */
function outOfScope({ scopeProblem }: PlanInput): Action | undefined {
  return scopeProblem === undefined ? undefined : stalled(REASON.scopeNotAllowed, scopeProblem);
}

/** A resource that is older than a rule of the schema is not sent: Azure would refuse it, or worse, take it. */
function invalidSpec({ resource, violations }: PlanInput): Action | undefined {
  const problems = [...violations, ...idProblems(resource.spec)];
  return problems.length === 0
    ? undefined
    : stalled(REASON.invalidSpec, `the spec is not valid: ${problems.join("; ")}`);
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

/** Azure refuses writes while it works; what the spec says then is planned when it is done. */
function operationInProgress(input: PlanInput): Action | undefined {
  const pool = poolOf(input.observation);
  if (input.operation.kind === "running") return inProgress(input, input.operation.what);
  if (isFinal(pool)) return undefined;
  return inProgress(input, provisioningState(pool) === "Deleting" ? "delete" : "put");
}
