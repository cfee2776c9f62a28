import { FINALIZER, type SessionPool } from "../api/session-pool.ts";
import type { ArmClient } from "../azure/arm-client.ts";
import { ArmError, isAbsent } from "../azure/errors.ts";
import { readOperation } from "../azure/operations.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import { desiredBody, type SecretValues } from "../sessionpool/desired.ts";
import type { Show } from "../sessionpool/diff.ts";
import { isObject, type JsonObject } from "../sessionpool/json.ts";
import type { Applied } from "../sessionpool/known-differences.ts";
import type { Owner } from "../sessionpool/ownership.ts";
import type { Action, Observation, PlanInput } from "../sessionpool/action.ts";
import { plan } from "../sessionpool/plan.ts";
import { type Placement, formatPoolId, parsePoolId, placementOf } from "../sessionpool/placement.ts";
import type { SentSecrets } from "../sessionpool/secrets-tag.ts";
import type { Claims } from "./claims.ts";
import { type CredentialStore, NO_CALLS, type SignIn } from "./credentials.ts";
import { isOwnerHere } from "./named-owner.ts";
import { noteFailure, retryDue } from "./failed-pool.ts";
import type { PendingPut, PoolMemory } from "./memory.ts";
import { type ResolveOptions, type ResolvedSecrets, redact, resolveSecrets, showWithout } from "./secrets.ts";
import { type SettleOptions, settle } from "./settle.ts";

export interface GatherOptions extends ResolveOptions, SettleOptions {
  readonly credentials: Pick<CredentialStore, "of">;
  /** Violations of the CRD's schema, empty when valid. */
  readonly validate: (resource: SessionPool) => readonly string[];
  /** Why the resource's namespace may not name what it names; undefined when it may. */
  readonly scopeProblem: (resource: SessionPool, target: Placement) => string | undefined;
  /** The same of what an existing pool names. */
  readonly liveScopeProblem: (resource: SessionPool, target: Placement, pool: JsonObject) => string | undefined;
  readonly clusterId: string;
  readonly defaultSubscriptionId: string | undefined;
  /** Which resources are for which pool. */
  readonly claims: Claims;
  readonly sessionPools: SessionPools;
}

/** A decision, and what it was made from. */
export interface Decision {
  readonly resource: SessionPool;
  /** The resource, as an owner of pools. */
  readonly owner: Owner;
  readonly action: Action;
  readonly observation: Observation;
  /** How Azure was read, and is written; absent when no call is made. */
  readonly arm: ArmClient | undefined;
  /** Where the pool is; absent when that cannot be told. */
  readonly placement: Placement | undefined;
  /** To be taken out of anything that is shown. */
  readonly values: SecretValues;
  /** The ARM body that the resource asks for, with secret values. */
  readonly desired: JsonObject;
  /** What a PUT's tag says of the secrets; absent when there are none. */
  readonly sentSecrets: SentSecrets | undefined;
  /** The known differences as of now. */
  readonly applied: Applied | undefined;
  /** The PUT whose end this decision has seen: once the decision is carried out, what it left is written down. */
  readonly settled: PendingPut | undefined;
}

/** How long until an operation is asked again when Azure does not say, in milliseconds. */
export const DEFAULT_POLL_MS = 10_000;

/**
 * Collects what a decision needs, in the cheapest order: the Secrets, then the running operation, then the pool itself, each only when
 * the plan asks for it.
 *
 * @throws ArmError, KubernetesError when something could not be read
 */
export async function decide(
  options: GatherOptions,
  resource: SessionPool,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Decision> {
  const owner = ownerOf(options, resource);
  const inactive = resource.metadata.deletionTimestamp !== undefined || resource.spec.suspend === true;
  const violations = inactive ? [] : options.validate(resource);
  const signIn = needsAzure(resource, violations) ? await options.credentials.of(resource, signal) : NO_CALLS;
  const { arm } = signIn;
  memory.signIn = signIn;
  const placement = placementOf(resource, signIn.subscriptionId ?? options.defaultSubscriptionId);
  const target = targetOf(resource, placement, signIn);
  const scopeProblem = target && options.scopeProblem(resource, target);
  const inScope = scopeProblem === undefined;
  const secrets: ResolvedSecrets =
    inactive || !inScope || violations.length > 0 || signIn.state.kind === "missing"
      ? { state: { kind: "resolved" }, values: new Map() }
      : await resolveSecrets(options, resource, target ? formatPoolId(target) : "", signal);
  const values = new Map([...secrets.values, ...signIn.values]);
  const show: Show = showWithout(values);
  if (arm && target && inScope && (!inactive || memory.operation?.what === "delete"))
    await followOperation(options, arm, target, memory, values, signal);

  const key = keyOf(resource);
  if (target) options.claims.locate(key, formatPoolId(recordedPool(resource) ?? target));
  let ownerIsHere = false;
  const desired = violations.length > 0 ? {} : desiredBody(resource.spec, secrets.values);
  const input = (observation: Observation, applied: Applied | undefined): PlanInput => ({
    resource,
    owner,
    placement,
    scopeProblem,
    violations,
    credentials: signIn.state,
    secrets: secrets.state,
    desired,
    observation,
    operation: operationState(memory),
    applied,
    show,
    rivals: rivalsOf(options, key, target),
    heldBy: options.claims.holder(key),
    ownerIsHere,
    liveScopeProblem:
      target && observation.kind === "present"
        ? options.liveScopeProblem(resource, target, observation.pool)
        : undefined,
    mayAppear: options.now() < (memory.unsureUntil ?? 0),
    retryDue: retryDue(memory, resource, options.now()),
  });
  let observation: Observation = { kind: "unknown" };
  let applied = resource.status?.applied;
  let settled: PendingPut | undefined;
  let action = plan(input(observation, applied));
  if (action.kind === "observe" && arm && target) {
    observation = await observe(arm, target, signal);
    ownerIsHere = await isOwnerHere(options, owner, resource, observation, "look", signal);
    ({ applied, settled } = settle(options, resource, memory, observation, show));
    action = plan(input(observation, applied));
    if (action.kind === "put") {
      ownerIsHere = await isOwnerHere(options, owner, resource, observation, "write", signal);
      action = plan(input(observation, applied));
    }
  }
  return {
    resource,
    owner,
    action,
    observation,
    arm,
    placement: target,
    values,
    desired,
    sentSecrets: secrets.state.kind === "resolved" ? secrets.state.sent : undefined,
    applied,
    settled,
  };
}

/** A resource, as an owner of pools. */
export function ownerOf({ clusterId }: Pick<GatherOptions, "clusterId">, { metadata }: SessionPool): Owner {
  const { namespace, name, uid } = metadata;
  return { clusterId, namespace, name, uid };
}

/** The queue key of a resource. */
export function keyOf({ metadata: { namespace, name } }: SessionPool): string {
  return `${namespace}/${name}`;
}

/** Whether anything can be asked of Azure: not for a suspended or invalid resource, nor for one whose pool is let go. */
function needsAzure({ metadata, spec }: SessionPool, violations: readonly string[]): boolean {
  if (metadata.deletionTimestamp === undefined) return spec.suspend !== true && violations.length === 0;
  return spec.policy?.deletion !== "Orphan" && metadata.finalizers?.includes(FINALIZER) === true;
}

/**
 * The pool that a resource is about: where its status says it is, if it says so and only that counts, else where the spec puts it. Undefined
 * also while the credential is missing that may say which subscription: then the operator's default proves nothing.
 */
function targetOf(
  resource: SessionPool,
  placement: ReturnType<typeof placementOf>,
  { state }: SignIn,
): Placement | undefined {
  const recorded = recordedPool(resource);
  if (resource.metadata.deletionTimestamp !== undefined && recorded) return recorded;
  if (state.kind === "missing" && !resource.spec.subscriptionId) return undefined;
  return placement.ok ? placement.placement : undefined;
}

/** Where the status says that the pool is. */
function recordedPool({ status }: SessionPool): Placement | undefined {
  return status?.id === undefined ? undefined : parsePoolId(status.id);
}

/**
 * The other resources for the same pool. One that its namespace may not name is none, or any namespace could keep a pool from those that may;
 * what it had before that, it keeps.
 */
function rivalsOf(
  { claims, scopeProblem }: GatherOptions,
  key: string,
  target: Placement | undefined,
): readonly SessionPool[] {
  const heldBy = claims.holder(key);
  return claims.rivals(key).filter((rival) => {
    const { adopted, syncedHash } = rival.status ?? {};
    const hadIt = rival.metadata.uid === heldBy || adopted !== undefined || syncedHash !== undefined;
    return hadIt || !target || scopeProblem(rival, target) === undefined;
  });
}

/** Reads the pool. @throws ArmError when Azure does not say whether it is there */
export async function observe(arm: ArmClient, target: Placement, signal: AbortSignal): Promise<Observation> {
  try {
    const { body, status } = await arm.get(target, signal);
    // A pool without what every pool has would look like a stranger's, and its finalizer would be let go.
    if (!isObject(body) || typeof body.id !== "string" || !isObject(body.properties))
      throw new ArmError("unavailable", status, "UnreadableAnswer", "Azure's answer was not a session pool");
    return { kind: "present", pool: body };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return {
      kind: "absent",
      groupMissing: error.code.toLowerCase() === "resourcegroupnotfound",
      message: error.message,
    };
  }
}

/** Asks the running operation once its time has come, and notes how it ended. */
async function followOperation(
  options: GatherOptions,
  arm: ArmClient,
  target: Placement,
  memory: PoolMemory,
  values: SecretValues,
  signal: AbortSignal,
): Promise<void> {
  const { operation } = memory;
  if (!operation || options.now() < operation.notBefore) return;
  if (operation.url === undefined) {
    delete memory.operation;
    return;
  }
  const progress = await readOperation(arm, target.subscriptionId, operation.url, signal).catch((error: unknown) => {
    // An answer that cannot be used may name a time all the same, before which an edit does not ask either.
    if (error instanceof ArmError) operation.notBefore = options.now() + (error.retryAfterMs ?? 0);
    throw error;
  });
  switch (progress.kind) {
    case "running":
      operation.notBefore = options.now() + (progress.retryAfterMs ?? DEFAULT_POLL_MS);
      return;
    case "failed":
      delete memory.operation;
      delete memory.pendingPut;
      memory.failure = {
        code: progress.code,
        message: redact(redact(progress.message, values), memory.sentValues ?? new Map()),
      };
      noteFailure(options.failedPoolBackoff, memory, options.now());
      return;
    case "succeeded":
    case "unknown":
      delete memory.operation;
      return;
  }
}

function operationState(memory: PoolMemory): PlanInput["operation"] {
  if (memory.operation) return { kind: "running", what: memory.operation.what };
  return memory.failure ? { kind: "failed", ...memory.failure } : { kind: "none" };
}
