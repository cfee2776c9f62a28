import { REASON, findCondition } from "../api/conditions.ts";
import type { Action, PlanInput } from "./action.ts";

/** What the conditions say while Azure works; the same before and after a restart, so that a restart writes nothing. */
export const MESSAGE_WORKING = "Azure is working on the pool; this takes minutes";

/** The same while Azure deletes. */
export const MESSAGE_DELETING = "Azure is deleting the pool";

/** Waits for the end of an operation. */
export function inProgress({ resource }: Pick<PlanInput, "resource">, what: "put" | "delete"): Action {
  if (what === "delete")
    return {
      kind: "poll",
      reason: REASON.deleting,
      message: `${MESSAGE_DELETING}; it is created again when that is done`,
    };
  const creating = findCondition(resource.status?.conditions, "Ready")?.reason === REASON.creating;
  return { kind: "poll", reason: creating ? REASON.creating : REASON.updating, message: MESSAGE_WORKING };
}

/** Waits for a pool to be shown: reads may be answered from a copy that lags behind the PUT. */
export const NOT_SHOWN: Action = {
  kind: "poll",
  reason: REASON.unavailable,
  message: "Azure took the last update and does not show the pool yet; looking again",
};
