import { findCondition } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { ArmClient } from "../azure/arm-client.ts";
import { ArmError, isAbsent } from "../azure/errors.ts";
import type { Observers } from "../azure/observers.ts";
import type { PoolReader } from "../azure/sightings.ts";
import { type OperationProgress, readOperation } from "../azure/operations.ts";
import type { Turn } from "../azure/waiting-line.ts";
import type { Action, Observation } from "../sessionpool/action.ts";
import { compare } from "../sessionpool/comparison.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import { isObject, type JsonObject } from "../sessionpool/json.ts";
import type { Placement } from "../sessionpool/placement.ts";
import { isFinal, lastWritten, provisioningState } from "../sessionpool/live-pool.ts";
import { isAnswered, isReconcileRequested } from "../sessionpool/requested.ts";
import { type Backoff, noteFailure } from "./failed-pool.ts";
import type { PoolMemory, RunningOperation } from "./memory.ts";
import type { Provisioning } from "./provisioning.ts";
import { shownWords } from "./redact.ts";

export interface ObserveOptions {
  /** What LISTs have shown. */
  readonly observers: Pick<
    Observers,
    "track" | "untrack" | "look" | "lookAgainMs" | "saw" | "distrust" | "follows" | "isLookedThrough"
  >;
  /** Milliseconds by our clock. */
  readonly now: () => number;
  readonly failedPoolBackoff: Backoff;
  readonly provisioning: Provisioning;
}

/** How long until an operation is asked again when Azure does not say, in milliseconds. */
export const DEFAULT_POLL_MS = 10_000;

/** How long an operation's URL may answer with errors that may pass, in milliseconds, until a pool that has come to rest counts instead. */
const URL_TROUBLE_MS = 5 * 60_000;

/** An operation is not asked more often, whatever Azure says, in milliseconds: it takes seconds at least, and a Retry-After of 0 would have it asked without a pause. */
const MIN_POLL_MS = 2_000;

/** When to ask an operation again. @param retryAfterMs what Azure says */
export function pollAfterMs(retryAfterMs = DEFAULT_POLL_MS): number {
  return Math.max(retryAfterMs, MIN_POLL_MS);
}

/** How long somebody waits at most for the first LIST to show what a GET would, in milliseconds: thousands at a start cost one LIST. */
const FIRST_LIST_MS = 5_000;

/** Actions that follow from a live read only. */
const LIVE_ONLY: ReadonlySet<Action["kind"]> = new Set(["put", "delete", "release", "adopt"]);

/** What the observer must know of a pool. */
export const POOL_READER: PoolReader = {
  isWorking: (pool) => !isFinal(pool as JsonObject),
  lastWritten: (pool) => lastWritten(pool as JsonObject),
};

/** What LISTs say of a pool. */
export type Hint =
  | {
      readonly kind: "observed";
      readonly observation: Observation;
      /** It was only missing in a LIST. */
      readonly isUnconfirmed?: boolean;
    }
  /** The first LIST is on its way, and wakes the key; `againMs`: when to look again all the same, in milliseconds. */
  | { readonly kind: "pending"; readonly againMs?: number };

/** What is known of the pool without asking now; undefined: nothing that counts. */
export function hintOf({ observers, now }: ObserveOptions, key: string, resource: SessionPool): Hint | undefined {
  // Who asks for a look wants a fresh one.
  if (isReconcileRequested(resource)) return undefined;
  const look = observers.look(key);
  switch (look.kind) {
    case "pending":
      // An edit, a deletion and a new pool wait only as long as a LIST takes that nothing holds up.
      if (isAnswered(resource)) return { kind: "pending" };
      return now() - look.since < FIRST_LIST_MS ? { kind: "pending", againMs: FIRST_LIST_MS } : undefined;
    case "unknown":
      return undefined;
    case "missing":
      return {
        kind: "observed",
        observation: { kind: "absent", groupMissing: false, message: "" },
        isUnconfirmed: !look.isGone,
      };
    case "seen": {
      const pool = look.pool as JsonObject;
      if (!isObject(pool.properties)) return undefined;
      // While Azure works and LISTs do not follow it, nobody else looks.
      const isOld = !isFinal(pool) && !observers.follows(key) && now() - look.askedAt >= DEFAULT_POLL_MS;
      return isOld ? undefined : { kind: "observed", observation: { kind: "present", pool } };
    }
  }
}

/**
 * Whether a decision may be made from a hint. Nothing is written, adopted, or let go of without a live read, nobody is alarmed, no pool counts as
 * gone, and an edit is answered from what Azure says after it.
 */
export function isEnough(
  { isUnconfirmed = false }: Hint & { kind: "observed" },
  action: Action,
  resource: SessionPool,
): boolean {
  return !isUnconfirmed && isAnswered(resource) && !LIVE_ONLY.has(action.kind) && !isAlarm(action, resource);
}

/** Whether it would tell a person of something that he has not been told: a LIST may show less of a pool than there is. */
function isAlarm(action: Action, { status }: SessionPool): boolean {
  if (action.kind !== "hold" || action.condition !== "Stalled") return false;
  return findCondition(status?.conditions, "Stalled")?.reason !== action.reason;
}

/** Reads the pool live, and lets the observer know. @throws ArmError when Azure does not say whether it is there @throws TurnPending */
export async function observe(
  { observers, now }: ObserveOptions,
  arm: ArmClient,
  target: Placement,
  turn: Turn,
  signal: AbortSignal,
): Promise<Observation> {
  const askedAt = now();
  const observation = await readPool(arm, target, signal, turn);
  const seen = observers.saw(turn.key, observation.kind === "present" ? observation.pool : undefined, askedAt);
  // A PUT that is made from it would undo what was done meanwhile, or roll the sessions for nothing.
  if (seen === "out of date")
    throw new ArmError(
      "unavailable",
      200,
      "StaleAnswer",
      "Azure showed the pool as it was before a change that was seen",
    );
  return observation;
}

/** Reads the pool. @throws ArmError when Azure does not say whether it is there @throws TurnPending */
export async function readPool(
  arm: ArmClient,
  target: Placement,
  signal: AbortSignal,
  turn?: Turn,
): Promise<Observation & { kind: "present" | "absent" }> {
  try {
    const { body, status } = await arm.get(target, signal, turn);
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

/**
 * Sees how the running operation stands: by LISTs while there are many, else from its URL once its time has come; the URL is read in any case of
 * one that failed, since only it has Azure's words, and of an update that left something different, since Azure may have undone it.
 *
 * @throws ArmError @throws TurnPending
 */
export async function followOperation(
  options: ObserveOptions,
  arm: ArmClient,
  target: Placement,
  memory: PoolMemory,
  values: SecretValues,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { operation } = memory;
  if (!operation) return;
  const { observers, now } = options;
  const look = observers.look(turn.key);
  const ended = look.kind === "seen" && operation.what === "put" && isFinal(look.pool as JsonObject);
  // While Azure deletes a pool, it does not look as if it were at rest.
  const isKept = look.kind === "seen" && operation.what === "delete" && isFinal(look.pool as JsonObject);
  const isGone = look.kind === "missing" && operation.what === "delete";
  const isWell = ended && showsSuccess(memory, look.pool as JsonObject);
  const isDue = now() >= operation.notBefore;
  if (isWell || isGone || (operation.url === undefined && (ended || isDue))) {
    delete memory.operation;
    return;
  }
  if (!isDue || operation.url === undefined || (!ended && !isKept && observers.follows(turn.key))) return;
  const asked = operation.isPoolNext === true ? undefined : await askUrl(options, arm, target, operation, turn, signal);
  const progress = asked ?? (await askPool(options, arm, target, operation, turn, signal));
  switch (progress.kind) {
    case "running":
      operation.notBefore = now() + pollAfterMs(progress.retryAfterMs);
      return;
    case "failed":
      delete memory.operation;
      delete memory.pendingPut;
      // What failed does not appear any more.
      delete memory.unshown;
      memory.failure = {
        code: shownWords(progress.code, values, memory.sentValues),
        message: shownWords(progress.words, values, memory.sentValues),
        ...(operation.what === "delete" ? { what: "delete" } : {}),
      };
      noteFailure(options.failedPoolBackoff, memory, now());
      options.provisioning.ended(memory, "failed");
      break;
    case "succeeded":
    case "unknown":
      delete memory.operation;
  }
  // What was seen while it ran says nothing of how it ended.
  if (!ended) observers.distrust(turn.key, false);
}

/** Whether a pool of a LIST has all that the PUT asked for, so that its operation need not be asked how it ended. */
function showsSuccess({ pendingPut }: PoolMemory, pool: JsonObject): boolean {
  if (provisioningState(pool) !== "Succeeded" || !pendingPut) return false;
  return compare(pendingPut.desired, pool, { ignore: [], secrets: pendingPut.secrets }).changes.length === 0;
}

/** Asks the operation's URL. @returns undefined when it has been in trouble for too long @throws ArmError @throws TurnPending */
async function askUrl(
  { now }: ObserveOptions,
  arm: ArmClient,
  target: Placement,
  operation: RunningOperation,
  turn: Turn,
  signal: AbortSignal,
): Promise<OperationProgress | undefined> {
  try {
    const progress = await readOperation(arm, target.subscriptionId, operation.url ?? "", signal, turn);
    delete operation.trouble;
    return progress;
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    // An answer that cannot be used may name a time all the same, before which an edit does not ask either.
    operation.notBefore = now() + (error.retryAfterMs ?? 0);
    if (error.kind === "unauthenticated") throw error;
    operation.trouble = { since: operation.trouble?.since ?? now(), error };
    if (now() - operation.trouble.since < URL_TROUBLE_MS) throw error;
    operation.isPoolNext = true;
    return undefined;
  }
}

/** Takes from the pool how an operation ended whose URL does not say. @throws ArmError the URL's, while Azure works on the pool @throws TurnPending */
async function askPool(
  options: ObserveOptions,
  arm: ArmClient,
  target: Placement,
  operation: RunningOperation,
  turn: Turn,
  signal: AbortSignal,
): Promise<OperationProgress> {
  const observation = await observe(options, arm, target, turn, signal);
  delete operation.isPoolNext;
  const { trouble, what } = operation;
  const isPresent = observation.kind === "present";
  const isDone = what === "delete" ? !isPresent : isPresent && provisioningState(observation.pool) === "Succeeded";
  if (isDone || !trouble) return { kind: "unknown" };
  const { error } = trouble;
  if (isPresent && !isFinal(observation.pool)) throw error;
  const words = `${error.words} (all that the URL of the operation has said for minutes)`;
  return { kind: "failed", code: error.code, words };
}
