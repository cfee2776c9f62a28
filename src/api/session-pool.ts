import type { Condition } from "./conditions.ts";
import type { SessionPoolSpec, SessionPoolStatus as GeneratedStatus } from "./session-pool.generated.ts";

export type { SessionPoolSpec } from "./session-pool.generated.ts";

/** API group, version and kind of the resource. */
export const GROUP = "appcontainers.dev";
export const VERSION = "v1alpha1";
export const KIND = "SessionPool";
export const PLURAL = "sessionpools";

/** The finalizer that keeps a resource until its pool is gone from Azure or let go. */
export const FINALIZER = `${GROUP}/session-pool`;

/** The user's annotation that approves the plan with this hash; the operator only reads it. */
export const APPROVED_PLAN = `${GROUP}/approved-plan`;

/** The user's annotation that asks for a look at the pool now, by a value that it did not have before; the operator only reads it. */
export const REQUESTED_AT = `${GROUP}/reconcile-requested-at`;

/** The same as Flux' command line writes it. */
export const FLUX_REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

/** What the operator reports; the CRD's status schema with the conditions as {@link Condition}. */
export type SessionPoolStatus = Omit<GeneratedStatus, "conditions"> & { conditions?: Condition[] };

/** A SessionPool as the API server returns it. */
export interface SessionPool {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    /** RFC 3339. */
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: SessionPoolSpec;
  readonly status?: SessionPoolStatus;
}
