import type { SessionPool } from "../api/session-pool.ts";
import { RANK, type Turn } from "../azure/waiting-line.ts";
import type { Action } from "../sessionpool/action.ts";
import { isAnswered, isReconcileRequested } from "../sessionpool/requested.ts";

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
    if (isReconcileRequested(resource)) return RANK.edit;
    if (isAnswered(resource)) return RANK.observe;
    // Somebody waits for a look at what he has edited; new resources are often many.
    return metadata.generation > 1 ? RANK.edit : RANK.create;
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
      // Who mends the spec of a pool that failed has edited it.
      return status?.observedGeneration === metadata.generation ? RANK.recovery : RANK.edit;
  }
}
