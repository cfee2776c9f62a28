/** A metav1.Condition (Kubernetes API conventions, "Typical status properties"). */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration: number;
}

/**
 * Reasons that the operator gives itself. When Azure says no, the reason is Azure's own error code instead.
 * The list is stable: people match on it.
 */
export const REASON = {
  /** Ready: Azure has what the resource asks for and is done with it. */
  succeeded: "Succeeded",
  /** The pool is being created. */
  creating: "Creating",
  /** The pool is being changed; ready sessions are rolled meanwhile. */
  updating: "Updating",
  /** The resource was deleted and Azure is deleting the pool. */
  deleting: "Deleting",
  /** Azure works on the pool; a write now would be refused. */
  busy: "AzureBusy",
  /** Azure asked for a pause. */
  throttled: "Throttled",
  /** Something is to be done in Azure, and its turn within Azure's limits has not come. */
  queued: "Queued",
  /** Azure did not answer, or answered with a fault of its own. */
  unavailable: "AzureUnavailable",
  /** spec.suspend is true. */
  suspended: "Suspended",
  /** The resource breaks a rule of its own schema, e.g. one that is newer than the resource. */
  invalidSpec: "InvalidSpec",
  /** A Secret that spec.secrets names does not exist. */
  secretNotFound: "SecretNotFound",
  /** A Secret that spec.secrets names has no such key. */
  secretKeyNotFound: "SecretKeyNotFound",
  /** A Secret could not be read. */
  secretUnreadable: "SecretUnreadable",
  /** An existing pool is being adopted; Azure is not written. */
  adopting: "Adopting",
  /** A pool of that name exists in Azure and carries no owner tag. */
  alreadyExists: "AlreadyExists",
  /** A pool of that name exists in Azure and belongs to another resource. */
  ownedByOther: "OwnedByOther",
  /** The operator's scope table does not let the resource's namespace name what the resource names. */
  scopeNotAllowed: "ScopeNotAllowed",
  /** The Secret of spec.credentialsRef does not exist. */
  credentialsNotFound: "CredentialsNotFound",
  /** The Secret with the credentials lacks a key, or holds one that cannot be used. */
  credentialsInvalid: "CredentialsInvalid",
  /** The Secret with the credentials could not be read. */
  credentialsUnreadable: "CredentialsUnreadable",
  /** The resource was deleted while spec.policy.protect is true. */
  protected: "Protected",
  /** The resource asks for a change that Azure makes only by creating the pool anew. */
  immutableField: "ImmutableField",
  /** The key of the keyed hashes of secret values could not be read or made. */
  hashKeyUnavailable: "HashKeyUnavailable",
  /** An update would remove secrets from the pool that spec.secrets does not list. */
  secretsWouldBeRemoved: "SecretsWouldBeRemoved",
  /** Somebody changed the pool in Azure, and spec.policy.drift is Report. */
  drifted: "Drifted",
  /** Many pools were changed in Azure at once, so a person decides whether they are put back. */
  tooManyDrifted: "TooManyDrifted",
  /** The same update was made again and again, and Azure still has something else. */
  notConverging: "NotConverging",
  /** Something would be done, but spec.policy.mode is Observe. */
  changesPlanned: "ChangesPlanned",
  /** Something would be done, and spec.policy.mode is Approve. */
  approvalRequired: "ApprovalRequired",
  /** Reason of the condition Drifted. */
  changedInAzure: "ChangedInAzure",
  /** Azure's operation on the pool ended in failure without a code. */
  provisioningFailed: "ProvisioningFailed",
} as const;

/** Longest reason and message that metav1.Condition takes. */
const MAX_REASON = 1024;
export const MAX_MESSAGE = 32_768;

/** Turns an error code into a legal reason: a letter, then letters, digits, `_`, `,` and `:`. */
export function reasonOf(code: string): string {
  const legal = code
    .replaceAll(/[^A-Za-z0-9_]/g, "")
    .replace(/^[^A-Za-z]+/, "")
    .replace(/_+$/, "");
  return legal === "" ? REASON.provisioningFailed : legal.slice(0, MAX_REASON);
}

/** The condition of `type`, if it is there. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the conditions say that a person is needed, and mean this generation of the resource. */
export function isStalledAt(conditions: readonly Condition[] | undefined, generation: number): boolean {
  return findCondition(conditions, "Stalled")?.observedGeneration === generation;
}

/** Whether the conditions call the resource Ready, and mean this generation of it. */
export function isReadyAt(conditions: readonly Condition[] | undefined, generation: number): boolean {
  const ready = findCondition(conditions, "Ready");
  return ready?.status === "True" && ready.observedGeneration === generation;
}
