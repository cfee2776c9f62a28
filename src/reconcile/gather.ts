import { FINALIZER, type SessionPool } from "../api/session-pool.ts";
import type { ArmClient } from "../azure/arm-client.ts";
import { TurnPending } from "../azure/budget.ts";
import { RANK, type Turn } from "../azure/waiting-line.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import { desiredBody, type SecretValues } from "../sessionpool/desired.ts";
import type { Show } from "../sessionpool/diff.ts";
import type { JsonObject } from "../sessionpool/json.ts";
import type { Applied } from "../sessionpool/known-differences.ts";
import type { Owner } from "../sessionpool/ownership.ts";
import type { Action, Observation, PlanInput } from "../sessionpool/action.ts";
import { plan } from "../sessionpool/plan.ts";
import { type Placement, formatPoolId, parsePoolId, placementOf } from "../sessionpool/placement.ts";
import { driftIntervalOf } from "../sessionpool/requested.ts";
import type { SentSecrets } from "../sessionpool/secrets-tag.ts";
import type { Claims } from "./claims.ts";
import { type CredentialStore, NO_CALLS, type SignIn } from "./credentials.ts";
import { isOwnerHere } from "./named-owner.ts";
import type { DriftBreaker } from "./drift-breaker.ts";
import { fleetOf, noteDrift } from "./drift-seen.ts";
import { retryDue } from "./failed-pool.ts";
import type { PendingPut, PoolMemory } from "./memory.ts";
import { followOperation, hintOf, isEnough, observe, type ObserveOptions } from "./observe.ts";
import { type ResolveOptions, type ResolvedSecrets, resolveSecrets, showWithout } from "./secrets.ts";
import { forgetFailure, type SettleOptions, settle } from "./settle.ts";
import { rankOf, type TurnOf, turnsOf } from "./turns.ts";
import { mayAppear, noteRead } from "./unshown.ts";

export interface GatherOptions extends ResolveOptions, SettleOptions, ObserveOptions {
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
  /** Which pools were changed in Azure. */
  readonly breaker: DriftBreaker;
  /** How often a pool at rest is compared with Azure, unless its resource says, in milliseconds. */
  readonly driftIntervalMs: number;
  /** A replica that stands by: the observer is to know the pool, and that is all; no Secret of the spec is read. */
  readonly standsBy?: boolean;
  /** Asks for a reconcile of a key whose turn to call Azure has come. */
  readonly onTurn: (key: string) => void;
}

/** Plans that are made from what Azure has. */
const CONCERNS_AZURE: ReadonlySet<Action["kind"]> = new Set(["observe", "poll"]);

/** How soon to see whether all that changed with a pool has been looked at, in milliseconds. */
const LOOK_MS = 1_000;

/** An action, and what it was planned from. */
interface Planned {
  readonly action: Action;
  readonly observation: Observation;
  /** The known differences as of now. */
  readonly applied: Applied | undefined;
  /** The PUT whose end this decision has seen: once the decision is carried out, what it left is written down. */
  readonly settled?: PendingPut | undefined;
  /** Set when the action cannot be carried out yet, since the turn of its call has not come. */
  readonly pending?: TurnPending | undefined;
}

/** A decision, and what it was made from. */
export interface Decision extends Planned {
  readonly resource: SessionPool;
  /** The resource, as an owner of pools. */
  readonly owner: Owner;
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
  /** Its places in the lines before Azure's limits. */
  readonly turnOf: TurnOf;
}

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
  const secrets: ResolvedSecrets =
    options.standsBy === true || inactive || scopeProblem || violations.length > 0 || signIn.state.kind === "missing"
      ? { state: { kind: "resolved" }, values: new Map() }
      : await resolveSecrets(options, resource, target ? formatPoolId(target) : "", signal);
  const values = new Map([...secrets.values, ...signIn.values]);
  const show: Show = showWithout(values);
  const key = keyOf(resource);
  const turnOf = turnsOf(key, options.onTurn);
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
    tooManyDrifted: target !== undefined && options.breaker.isOpen(fleetOf(target)),
    mayAppear: mayAppear(memory, options.now()),
    retryDue: retryDue(memory, resource, options.now()),
  });
  const planFrom = async (observation: Observation): Promise<Planned> => {
    ownerIsHere = await isOwnerHere(options, owner, resource, observation, "look", signal);
    const { applied, settled } = settle(options, resource, memory, observation, show);
    const first = plan(input(observation, applied));
    const action =
      target && noteDrift(options, key, resource, target, first) ? plan(input(observation, applied)) : first;
    if (action.kind === "ready") forgetFailure(memory);
    const pending = arm && target && reserve(options, arm, target, action, turnOf(rankOf(action, resource)));
    // An absence that is not believed says nothing of the pool.
    const isBelieved = observation.kind !== "absent" || action.kind !== "poll";
    return { observation: isBelieved ? observation : { kind: "unknown" }, applied, settled, action, pending };
  };
  const applied = resource.status?.applied;
  const planUnseen = (): Action => plan(input({ kind: "unknown" }, applied));
  // Only a pool that the resource may look at is looked at; when a PUT to another ends, nobody sees.
  if (arm && target && CONCERNS_AZURE.has(planUnseen().kind)) {
    options.observers.track(key, arm, target, driftIntervalOf(resource, options.driftIntervalMs));
    // How an update ended says nothing to who deletes, and left behind it would be due for ever.
    if (inactive && memory.operation?.what === "put") delete memory.operation;
    if (options.standsBy !== true)
      await followOperation(options, arm, target, memory, values, turnOf(RANK.observe), signal);
  } else {
    options.observers.untrack(key);
    options.breaker.forget(key);
    delete memory.provisioning;
  }
  let planned: Planned = { observation: { kind: "unknown" }, applied, action: planUnseen() };
  if (options.standsBy !== true && planned.action.kind === "observe" && arm && target) {
    // A pool that may still appear is looked for.
    const mayBeThere = mayAppear(memory, options.now()) !== undefined && options.observers.look(key).kind === "missing";
    const hint = mayBeThere ? undefined : hintOf(options, key, resource);
    if (hint?.kind === "pending") planned = { ...planned, ...awaiting(hint.againMs) };
    if (hint?.kind === "observed") planned = await planFrom(hint.observation);
    if (hint?.kind !== "pending" && !(hint && (planned.pending || isEnough(hint, planned.action, resource)))) {
      const turn = turnOf(rankOf(planned.action, resource));
      const observation = await observe(options, arm, target, turn, signal);
      noteRead(memory, resource, observation, options.now());
      planned = await planFrom(observation);
      if (planned.action.kind === "put" && !planned.pending) {
        ownerIsHere = await isOwnerHere(options, owner, resource, planned.observation, "write", signal);
        planned = { ...planned, action: plan(input(planned.observation, planned.applied)) };
      }
    }
  }
  return {
    ...planned,
    resource,
    owner,
    arm,
    placement: target,
    values,
    desired,
    sentSecrets: secrets.state.kind === "resolved" ? secrets.state.sent : undefined,
    turnOf,
  };
}

/** The first LIST is awaited. */
function awaiting(againMs: number | undefined): Pick<Planned, "action" | "pending"> {
  return { action: { kind: "wait" }, pending: againMs ? new TurnPending("read", false, 0, againMs) : undefined };
}

/** Sees to it that the write that is planned can be made in this reconcile. @returns why it cannot */
function reserve(
  { breaker, observers }: GatherOptions,
  { budget }: ArmClient,
  target: Placement,
  action: Action,
  turn: Turn,
): TurnPending | undefined {
  if (action.kind !== "put" && action.kind !== "delete") return undefined;
  const since = action.kind === "put" && action.isRepair ? breaker.countsSince(fleetOf(target), turn.key) : undefined;
  // Whether it is one of many is known when the others have been looked at.
  if (since !== undefined && !observers.isLookedThrough(turn.key, since))
    return new TurnPending("write", false, 0, LOOK_MS);
  try {
    budget.reserve(action.kind === "put" ? "write" : "delete", target.subscriptionId, turn);
    return undefined;
  } catch (error) {
    if (error instanceof TurnPending) return error;
    throw error;
  }
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

function operationState(memory: PoolMemory): PlanInput["operation"] {
  if (memory.operation) return { kind: "running", what: memory.operation.what };
  return memory.failure ? { kind: "failed", ...memory.failure } : { kind: "none" };
}
