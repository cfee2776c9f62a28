import type { SessionPool } from "../api/session-pool.ts";
import { RANK } from "../azure/budget.ts";
import type { Turn } from "../azure/waiting-line.ts";
import type { Action } from "../sessionpool/action.ts";
import { isReconcileRequested } from "../sessionpool/requested.ts";

/** Makes the turns of a resource: its place in the lines before Azure's limits. */
export type TurnOf = (rank: number) => Turn;

/** @param wake asks for a reconcile of a key whose turn has come */
export function turnsOf(key: string, wake: (key: string) => void): TurnOf {
  const [flow = ""] = key.split("/");
  return (rank) => ({ key, flow, rank, wake: () => wake(key) });
}

/** In which order what a resource needs is paid (see {@link RANK}). */
export function rankOf(action: Action, resource: SessionPool): number {
  const { metadata, status } = resource;
  if (action.kind === "delete" || action.kind === "release" || action.kind === "adopt") return RANK.edit;
  if (action.kind !== "put") {
    // Somebody waits for a look at what was edited since the last one.
    const isWaited = status?.observedGeneration !== metadata.generation || isReconcileRequested(resource);
    return isWaited ? RANK.edit : RANK.observe;
  }
  if (action.isRepair === true || action.reason === "SecretsUnverified") return RANK.drift;
  switch (action.reason) {
    case "SpecChanged":
    case "DriftCorrected":
      return RANK.edit;
    case "Create":
      // Who edits a new resource while it waits does not want to wait for all the others.
      return metadata.generation > 1 ? RANK.edit : RANK.create;
    case "SecretsChanged":
      return RANK.create;
    case "RetryAfterFailure":
      return RANK.recovery;
  }
}
