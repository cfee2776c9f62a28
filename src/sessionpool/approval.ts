import { REASON } from "../api/conditions.ts";
import { APPROVED_PLAN, type SessionPool } from "../api/session-pool.ts";
import { type Action, type PlanInput, type StatusPlan, poolOf, stalled } from "./action.ts";
import type { Change } from "./diff.ts";
import { digest } from "./hash.ts";
import type { Json } from "./json.ts";
import { formatPoolId } from "./placement.ts";
import { lastWritten } from "./live-pool.ts";

/** More changes than this are counted, not shown. */
const MAX_CHANGES = 100;
const HASH_CHARACTERS = 16;

/** Whether the operator may write to Azure for this resource. */
export function modeOf({ spec }: SessionPool): "Apply" | "Observe" | "Approve" {
  return spec.policy?.mode ?? "Apply";
}

/**
 * What would be done, with a hash that names exactly this: the pool as it was last written, the action, each change with both values in full,
 * and the secret values by their keyed hash. So an approval is used up by the write that it approved.
 */
export function planned(
  input: Pick<PlanInput, "placement" | "show" | "observation" | "secrets">,
  action: "Create" | "Update" | "Delete" | "None",
  changes: readonly Change[],
): StatusPlan {
  const { placement, show, observation, secrets } = input;
  const written = lastWritten(poolOf(observation)) ?? "";
  const values = secrets.kind === "resolved" ? (secrets.sent?.values ?? "") : "";
  const id = placement.ok ? formatPoolId(placement.placement).toLowerCase() : "";
  const sorted = [...changes].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return {
    action,
    hash: digest([id, action, sorted as unknown as Json, written, values], HASH_CHARACTERS),
    changes: changes.slice(0, MAX_CHANGES).map(show),
    ...(changes.length > MAX_CHANGES ? { omitted: changes.length - MAX_CHANGES } : {}),
  };
}

/** Lets an action pass that spec.policy.mode allows; what it does not allow is shown as a plan instead. */
export function gate(input: PlanInput, action: Action): Action {
  const mode = modeOf(input.resource);
  if (mode === "Apply") return action;
  switch (action.kind) {
    case "ready":
      return { ...action, plan: planned(input, "None", []) };
    case "put":
      return gateWrite(input, action, planned(input, action.reason === "Create" ? "Create" : "Update", action.changes));
    case "delete":
      if (mode === "Approve") return gateWrite(input, action, planned(input, "Delete", []));
      return {
        kind: "release",
        reason: "PoolOrphaned",
        warning: true,
        message: "left in Azure, since spec.policy.mode is Observe",
      };
    case "wait":
    case "observe":
    case "addFinalizer":
    case "adopt":
    case "release":
    case "poll":
    case "hold":
      return action;
  }
}

function gateWrite(input: PlanInput, action: Action & { kind: "put" | "delete" }, plan: StatusPlan): Action {
  const { metadata } = input.resource;
  const drift = action.kind === "put" && action.drift ? { drift: action.drift } : {};
  const { operation } = input;
  const failure = operation.kind === "failed" ? ` (${operation.code}: ${operation.message})` : "";
  const what = `${plan.action.toLowerCase()} the pool${summary(action)}${failure}`;
  if (modeOf(input.resource) === "Observe") {
    return stalled(
      REASON.changesPlanned,
      `would ${what}, but spec.policy.mode is Observe: status.plan has the changes; set the mode to Apply or Approve to make them`,
      { plan, ...drift },
    );
  }
  if (metadata.annotations?.[APPROVED_PLAN] === plan.hash) return action;
  return stalled(
    REASON.approvalRequired,
    `waits for approval to ${what}: look at status.plan, then: kubectl annotate sessionpool -n ${metadata.namespace} ${metadata.name} --overwrite ${APPROVED_PLAN}=${plan.hash}`,
    { plan, ...drift },
  );
}

function summary(action: Action & { kind: "put" | "delete" }): string {
  if (action.kind === "delete" || action.reason === "Create") return "";
  if (action.changes.length === 0) return " again, after a failure";
  return ` at ${action.changes.map(({ path }) => path).join(", ")}`;
}
