import type { SessionPool, SessionPoolStatus } from "../api/session-pool.ts";
import type { ArmError } from "../azure/errors.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import type { JsonObject } from "../sessionpool/json.ts";
import type { SentSecrets } from "../sessionpool/secrets-tag.ts";
import type { SignIn } from "./credentials.ts";

/** A long-running operation that this process started. */
export interface RunningOperation {
  readonly what: "put" | "delete";
  /** Signed URL: kept here only, never logged or stored. Absent when Azure gave none that can be trusted. */
  readonly url: string | undefined;
  /** Not to be asked before this time, in milliseconds by our clock. */
  notBefore: number;
  /** Set while its URL answers with nothing but errors that may pass: since when, by our clock, and the last of them. */
  trouble?: { readonly since: number; readonly error: ArmError };
  /** Its URL has been in trouble for so long that the pool itself is read next. */
  isPoolNext?: boolean;
}

/** A PUT whose success has not been seen, or not been written down. */
export interface PendingPut {
  /** metadata.generation that it was made from. */
  readonly generation: number;
  /** What it asked for, without secret values. */
  readonly desired: JsonObject;
  readonly secrets: SentSecrets | undefined;
  /** When Azure says that it was made, so that a later change by somebody else is not taken for what it left. */
  readonly modifiedAt?: string | undefined;
}

/** How an operation failed, in Azure's words. */
export interface OperationFailure {
  readonly code: string;
  readonly message: string;
  readonly what?: "delete";
  /** Whether the pool has been seen Failed since: when it is Succeeded later, somebody has written to it. */
  readonly isPoolFailed?: true;
}

/**
 * What the operator remembers of one resource while it runs. Nothing here is needed for safety: after a restart the same end is
 * reached from what Kubernetes and Azure say, with one more read, and one more PUT where Azure insists on a difference.
 */
export interface PoolMemory {
  operation?: RunningOperation;
  /** How the last operation failed. */
  failure?: OperationFailure;
  pendingPut?: PendingPut;
  /** Secret values that the last PUT carried, until its end: Azure may quote them when Kubernetes has others already. */
  sentValues?: SecretValues;
  /** How the last look at it signed in to Azure. */
  signIn?: SignIn;
  /** metadata.generation that the last PUT that Azure took was made from. */
  lastPutGeneration?: number;
  /** A PUT whose answer did not come: what it was made from, and when the pool had been written before. A pool written since shows that Azure took it. */
  unanswered?: { readonly generation: number; readonly modifiedAt: string | undefined };
  /** The last PUT, which no read has shown: its answer did not come, or Azure took it; and until when it may appear, in milliseconds by our clock. */
  unshown?: { readonly why: "unanswered" | "taken"; readonly until: number };
  /** Whether Azure works on the pool because of a PUT. */
  isProvisioning?: boolean;
  /** Since when that is known, after the last PUT, in milliseconds by our clock. */
  provisioningSince?: number;
  /** The PUT whose end has not been seen, and since when. */
  provisioning?: { readonly kind: "create" | "update"; readonly since: number };
  /** Whether this process has created the pool, and has not seen it done yet. */
  isNew?: boolean;
  /** Failed operations in a row. */
  failedOperations: number;
  /** When a failed pool may be tried again, in milliseconds by our clock. */
  retryAt?: number;
  /** Since when Azure could not be asked, in milliseconds by our clock. */
  unavailableSince?: number;
  /** When a PUT of secrets that cannot be verified may be made, in milliseconds by our clock. */
  unverifiedTurn?: number;
  /** The status as last written, to tell our own write from another's. */
  lastStatus?: SessionPoolStatus;
  /** metadata.resourceVersion after our last write, or of a live read since: what the cache has of before is out of date. */
  version?: string;
  /** Whether the cache is known to be out of date. */
  cacheIsOld?: boolean;
}

/** Memories by UID: an object that takes another's name starts afresh. */
export class Memories {
  readonly #byUid = new Map<string, PoolMemory>();
  readonly #uidOfKey = new Map<string, string>();

  of(key: string, resource: SessionPool): PoolMemory {
    const { uid } = resource.metadata;
    const previous = this.#uidOfKey.get(key);
    if (previous !== undefined && previous !== uid) this.#byUid.delete(previous);
    this.#uidOfKey.set(key, uid);
    let memory = this.#byUid.get(uid);
    if (!memory) {
      memory = { failedOperations: 0 };
      this.#byUid.set(uid, memory);
    }
    return memory;
  }

  peek(uid: string): PoolMemory | undefined {
    return this.#byUid.get(uid);
  }

  forget(key: string): void {
    const uid = this.#uidOfKey.get(key);
    if (uid !== undefined) this.#byUid.delete(uid);
    this.#uidOfKey.delete(key);
  }
}
