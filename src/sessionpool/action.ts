import type { SessionPool, SessionPoolStatus } from "../api/session-pool.ts";
import type { Change, Show } from "./diff.ts";
import type { JsonObject } from "./json.ts";
import type { Applied } from "./known-differences.ts";
import type { Adopted, Owner } from "./ownership.ts";
import type { PlacementResult } from "./placement.ts";
import type { SentSecrets } from "./secrets-tag.ts";

/** What is known about the pool in Azure. */
export type Observation =
  /** Nothing yet in this round. */
  | { readonly kind: "unknown" }
  /** Azure says that it is not there; `groupMissing` when the whole resource group is not. */
  | { readonly kind: "absent"; readonly groupMissing: boolean; readonly message: string }
  /** A live read, or the answer to our own PUT. */
  | { readonly kind: "present"; readonly pool: JsonObject };

/** What spec.secrets resolved to. */
export type Secrets =
  /** `sent` is what a PUT's tag would say of them; absent when there are none. */
  | { readonly kind: "resolved"; readonly sent?: SentSecrets }
  /** A value is missing; `reason` and `message` say which. */
  | { readonly kind: "missing"; readonly reason: string; readonly message: string };

/** Whether there is a credential to ask Azure with. */
export type Credentials =
  | { readonly kind: "resolved" }
  /** `reason` and `message` say which is missing or wrong. */
  | { readonly kind: "missing"; readonly reason: string; readonly message: string };

/** A long-running operation that the operator started and whose end it has not seen yet. */
export type OperationState =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly what: "put" | "delete" }
  /** It ended in failure: Azure's code and words, which only the operation has. */
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      /** Set when it was a deletion. */
      readonly what?: "delete";
    };

/** Everything a decision is made from. */
export interface PlanInput {
  readonly resource: SessionPool;
  readonly owner: Owner;
  readonly placement: PlacementResult;
  /** What the resource names and its namespace may not, and what to do about it; undefined when it may. */
  readonly scopeProblem: string | undefined;
  /** Violations of the CRD's schema, empty when valid. */
  readonly violations: readonly string[];
  readonly credentials: Credentials;
  readonly secrets: Secrets;
  /** The ARM body made from the resource. */
  readonly desired: JsonObject;
  readonly observation: Observation;
  readonly operation: OperationState;
  /** What still differed right after our last PUT had succeeded: Azure keeps it so, and another PUT would not change it. */
  readonly applied: Applied | undefined;
  /** How changes are written into the status. */
  readonly show: Show;
  /** The other resources of this cluster for the same pool. */
  readonly rivals: readonly SessionPool[];
  /** UID of the resource that has begun to create or adopt the pool, as far as this process knows. */
  readonly heldBy: string | undefined;
  /** Whether the SessionPool that the pool's owner tag names, another one, is in this cluster, or may be. */
  readonly ownerIsHere: boolean;
  /** Why the resource's namespace may not have what the existing pool names, such as its identities; undefined when it may. */
  readonly liveScopeProblem: string | undefined;
  /** Whether so many pools were changed in Azure at once that a person must decide. */
  readonly tooManyDrifted: boolean;
  /** Set while a pool that is not there may still appear: by a PUT whose answer did not come, or that Azure took and does not show yet. */
  readonly mayAppear: "unanswered" | "taken" | undefined;
  /** Whether a pool whose last operation failed may be PUT again: its time has come, or the spec changed since. */
  readonly retryDue: boolean;
}

/** Why a PUT is made. */
export type PutReason =
  | "Create"
  | "SpecChanged"
  | "DriftCorrected"
  | "RetryAfterFailure"
  /** The value of a referenced Secret is another than the one that was sent. */
  | "SecretsChanged"
  /** Nobody can tell whether the values in Azure are those of the Secrets: the hash key is another, or the tag is gone. */
  | "SecretsUnverified";

/** status.plan: what would be done. */
export type StatusPlan = NonNullable<SessionPoolStatus["plan"]>;

/** A change that somebody made to the pool in Azure, in words. */
export interface Drift {
  readonly paths: readonly string[];
  /** What, by whom, when. */
  readonly message: string;
  /** What and by whom, where Azure says when: the same change made again is told in the same words. */
  readonly timeless?: string;
}

/** The one thing to do next. */
export type Action =
  /** Nothing: Azure has what the resource asks for. `known` are the differences that Azure insists on. */
  | { readonly kind: "ready"; readonly known: Applied | undefined; readonly plan?: StatusPlan }
  /** Nothing at all, not even a status: the resource is gone or not ours to finish. */
  | { readonly kind: "wait" }
  /** Read the pool from Azure and plan again. */
  | { readonly kind: "observe" }
  | { readonly kind: "addFinalizer" }
  /** Claim an existing pool in the status; nothing is written to Azure. */
  | { readonly kind: "adopt"; readonly adopted: Adopted; readonly message: string }
  | {
      readonly kind: "put";
      readonly body: JsonObject;
      readonly changes: readonly Change[];
      readonly reason: PutReason;
      readonly drift?: Drift;
      /** It puts back what somebody changed or deleted in Azure; nobody edited the spec. */
      readonly isRepair?: true;
    }
  | { readonly kind: "delete" }
  /** Remove the finalizer; `warning` when the pool may still exist. */
  | {
      readonly kind: "release";
      readonly reason: "PoolDeleted" | "PoolOrphaned" | "PoolNotOurs" | "NoPool";
      readonly warning: boolean;
      readonly message: string;
    }
  /** Azure works on it: look again later. */
  | { readonly kind: "poll"; readonly reason: string; readonly message: string }
  /** A person or something in the world must change; look again later, since that may happen anywhere. */
  | {
      readonly kind: "hold";
      readonly condition: "Stalled" | "Suspended";
      readonly reason: string;
      readonly message: string;
      /** The same for events, which are counted where they say the same; left out: the message. */
      readonly note?: string;
      readonly plan?: StatusPlan;
      readonly drift?: Drift;
      /** The pool is another's, so the status says nothing of it. */
      readonly isForeign?: true;
    };

/** A hold that a person must end. */
export function stalled(
  reason: string,
  message: string,
  more: Pick<Action & { kind: "hold" }, "note" | "plan" | "drift" | "isForeign"> = {},
): Action & { kind: "hold" } {
  return { kind: "hold", condition: "Stalled", reason, message, ...more };
}

/** The pool as observed; an empty object when there is none. */
export function poolOf(observation: Observation): JsonObject {
  return observation.kind === "present" ? observation.pool : {};
}
