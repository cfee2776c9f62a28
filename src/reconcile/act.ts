import type { Logger } from "pino";
import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { ArmAnswer } from "../azure/arm-client.ts";
import { ArmError } from "../azure/errors.ts";
import type { Result } from "../controller/controller.ts";
import type { EventNote } from "../kubernetes/events.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import { modeOf } from "../sessionpool/approval.ts";
import { isObject } from "../sessionpool/json.ts";
import { shownForm } from "../sessionpool/normalize.ts";
import type { Action, Observation, PutReason } from "../sessionpool/action.ts";
import { MESSAGE_DELETING, MESSAGE_WORKING, lastWritten, provisioningState } from "../sessionpool/progress.ts";
import { jittered } from "../time/backoff.ts";
import type { Random } from "../time/clock.ts";
import { putEvent } from "./announce.ts";
import type { Claims } from "./claims.ts";
import { type Decision, DEFAULT_POLL_MS, keyOf } from "./gather.ts";
import type { PoolMemory } from "./memory.ts";
import type { Pacer } from "./pacer.ts";
import type { Reporter, Subject } from "./report.ts";
import { showWithout } from "./secrets.ts";
import { type SettleOptions, settle } from "./settle.ts";

export interface ActOptions extends SettleOptions {
  readonly sessionPools: SessionPools;
  readonly reporter: Reporter;
  readonly recordEvent: (resource: SessionPool, event: EventNote) => void;
  /** Called after each PUT and DELETE that Azure took. */
  readonly onWrite: (reason: PutReason | "Delete") => void;
  /** Which resources are for which pool. */
  readonly claims: Claims;
  /** Turns for PUTs that all pools with secrets may need at the same time. */
  readonly unverifiedPacer: Pacer;
  readonly random: Random;
  /** How often a pool at rest is compared with Azure, in milliseconds. */
  readonly driftIntervalMs: number;
}

/** Holds that end with an edit of the resource, which the watch brings: Azure need not be asked more often than at rest. */
const UNTIL_EDIT: ReadonlySet<string> = new Set([
  REASON.changesPlanned,
  REASON.approvalRequired,
  REASON.drifted,
  REASON.notConverging,
  REASON.secretsWouldBeRemoved,
  REASON.immutableField,
  REASON.scopeNotAllowed,
]);

/** Holds of a resource that has nothing to do with the pool, or not any more. */
const NOT_MINE: ReadonlySet<string> = new Set([
  REASON.ownedByOther,
  REASON.alreadyExists,
  REASON.scopeNotAllowed,
  REASON.immutableField,
]);

/** How long the watch may take to bring back what the operator wrote itself, in milliseconds. */
const WATCH_LAG_MS = 2_000;

/** How long a PUT may take to show once its answer did not come, in milliseconds: twice as long as it is waited for. */
const UNSURE_MS = 120_000;

/** How soon to look again when another resource for the same pool was quicker, in milliseconds. */
const RIVAL_MS = 1_000;

/** How far apart looks at a missing Secret or credential are at most, in milliseconds; nothing tells the operator when it appears. */
const MAX_HOLD_MS = 60_000;

/**
 * Carries out one action: at most one call that changes Azure, then one status write.
 *
 * @throws ArmError, KubernetesError when the call failed
 */
export async function act(
  options: ActOptions,
  decision: Decision,
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, action } = decision;
  if (writesNoMore(decision)) options.claims.letGo(keyOf(resource), resource.metadata.uid);
  switch (action.kind) {
    case "wait":
    case "observe":
      return { kind: "done" };
    case "addFinalizer": {
      const { metadata } = await options.sessionPools.addFinalizer(resource, signal);
      memory.version = metadata.resourceVersion;
      log.info("finalizer added");
      // The watch says so at once, unless it is broken.
      return { kind: "requeue", afterMs: WATCH_LAG_MS };
    }
    case "adopt":
      return await adopt(options, decision, action, memory, log, signal);
    case "put":
      return await put(options, decision, action, memory, log, signal);
    case "delete":
      return await remove(options, decision, memory, log, signal);
    case "release":
      await options.sessionPools.removeFinalizer(resource, signal);
      log.info({ reason: action.reason, message: action.message }, "finalizer removed");
      options.recordEvent(resource, {
        type: action.warning ? "Warning" : "Normal",
        reason: action.reason,
        action: "Release",
        note: action.message,
      });
      return { kind: "done" };
    case "poll":
      await options.reporter.report(
        decision,
        { kind: "reconciling", reason: action.reason, message: action.message },
        memory,
        signal,
      );
      log.debug({ reason: action.reason }, "Azure is working; looking again later");
      return {
        kind: "requeue",
        afterMs: Math.max((memory.operation?.notBefore ?? options.now() + DEFAULT_POLL_MS) - options.now(), 0),
      };
    case "hold": {
      const { condition, kind: _kind, ...told } = action;
      await options.reporter.report(
        decision,
        condition === "Stalled" ? { kind: "stalled", ...told } : { kind: "suspended", ...told },
        memory,
        signal,
      );
      log.info({ reason: action.reason, message: action.message }, "holding");
      return afterHold(options, action, memory);
    }
    case "ready":
      log.debug({ known: action.known?.differences.map(({ path }) => path) }, "in sync");
      return await rest(options, decision, action, memory, signal);
  }
}

/** The pool is as it should be: say so, and look again when the drift interval has passed. */
async function rest(
  options: ActOptions,
  subject: Subject,
  action: Omit<Action & { kind: "ready" }, "kind">,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Result> {
  await options.reporter.report(subject, { ...action, kind: "ready" }, memory, signal);
  return { kind: "requeue", afterMs: jittered(options.driftIntervalMs, options.random) };
}

/** Azure has begun a long-running operation: remember where to ask, say so, and let the worker go. */
async function follow(
  options: ActOptions,
  subject: Subject,
  started: Omit<Parameters<Reporter["report"]>[1] & { kind: "reconciling" }, "kind"> & {
    readonly what: "put" | "delete";
  },
  answer: ArmAnswer,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Result> {
  const { what, ...told } = started;
  const wait = answer.retryAfterMs ?? DEFAULT_POLL_MS;
  memory.operation = { what, url: answer.operationUrl, notBefore: options.now() + wait };
  await options.reporter.report(subject, { kind: "reconciling", ...told }, memory, signal);
  return { kind: "requeue", afterMs: wait };
}

function afterHold(options: ActOptions, action: Action & { kind: "hold" }, memory: PoolMemory): Result {
  if (action.condition === "Suspended") return { kind: "done" };
  if (UNTIL_EDIT.has(action.reason))
    return { kind: "requeue", afterMs: jittered(options.driftIntervalMs, options.random) };
  if (memory.retryAt !== undefined) return { kind: "requeue", afterMs: Math.max(memory.retryAt - options.now(), 0) };
  return { kind: "retry", maxMs: MAX_HOLD_MS };
}

/** The claim is written before anything is done in its name. */
async function adopt(
  options: ActOptions,
  decision: Decision,
  action: Action & { kind: "adopt" },
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource } = decision;
  if (!takesPool(options, resource)) return { kind: "requeue", afterMs: RIVAL_MS };
  const { adopted, message } = action;
  await options.reporter.report(
    decision,
    { kind: "reconciling", reason: REASON.adopting, message, adopted },
    memory,
    signal,
  );
  log.info({ poolId: adopted.id, previousOwner: adopted.owner }, "adopted");
  options.recordEvent(resource, { type: "Normal", reason: "Adopted", action: "Adopt", note: message });
  return { kind: "requeue", afterMs: 0 };
}

/** Whether no other resource has the pool; from now on this one has. */
function takesPool({ claims }: ActOptions, resource: SessionPool): boolean {
  return claims.take(keyOf(resource), resource.metadata.uid);
}

/** Whether the resource leaves the pool to others: what it has begun must not keep them waiting. */
function writesNoMore({ resource, action }: Decision): boolean {
  return (
    action.kind === "release" ||
    modeOf(resource) === "Observe" ||
    (action.kind === "hold" && NOT_MINE.has(action.reason))
  );
}

async function put(
  options: ActOptions,
  decision: Decision,
  action: Action & { kind: "put" },
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, arm, placement, desired, sentSecrets, values } = decision;
  if (!arm || !placement) throw new Error("a PUT was planned without a credential or a placement");
  if (action.reason === "SecretsUnverified") {
    const wait = options.unverifiedPacer.waitFor(memory, options.now());
    if (wait > 0) return { kind: "requeue", afterMs: wait };
  }
  if (!takesPool(options, resource)) return { kind: "requeue", afterMs: RIVAL_MS };
  const { generation } = resource.metadata;
  memory.lastPutGeneration = generation;
  memory.pendingPut = { generation, desired: shownForm(desired, "desired"), secrets: sentSecrets };
  memory.sentValues = values;
  delete memory.failure;
  delete memory.retryAt;
  let answer: ArmAnswer;
  try {
    answer = await arm.put(placement, action.body, signal);
  } catch (error) {
    // Whether it took effect is unknown or denied; the next read tells, and must not take old differences for Azure's will.
    delete memory.pendingPut;
    if (error instanceof ArmError && error.kind === "unavailable") memory.unsureUntil = options.now() + UNSURE_MS;
    throw error;
  }
  const paths = action.changes.map(({ path }) => path);
  log.info({ reason: action.reason, paths, status: answer.status }, "PUT");
  options.onWrite(action.reason);
  options.recordEvent(resource, putEvent(action));
  const observation: Observation = isObject(answer.body) ? { kind: "present", pool: answer.body } : { kind: "unknown" };
  if (observation.kind === "present")
    memory.pendingPut = { ...memory.pendingPut, modifiedAt: lastWritten(observation.pool) };
  const state = observation.kind === "present" ? provisioningState(observation.pool) : "InProgress";
  if (answer.operationUrl === undefined && state === "Succeeded" && answer.status === 200) {
    const { applied } = settle(options, resource, memory, observation, showWithout(values));
    const result = await rest(options, { ...decision, observation, applied }, { known: applied }, memory, signal);
    delete memory.pendingPut;
    return result;
  }
  const started = {
    what: "put",
    reason: action.reason === "Create" ? REASON.creating : REASON.updating,
    message: MESSAGE_WORKING,
    ...(action.drift ? { drift: action.drift } : {}),
  } as const;
  return await follow(options, { ...decision, observation }, started, answer, memory, signal);
}

async function remove(
  options: ActOptions,
  decision: Decision,
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, arm, placement } = decision;
  if (!arm || !placement) throw new Error("a DELETE was planned without a credential or a placement");
  const answer = await arm.delete(placement, signal);
  log.info({ status: answer.status }, "DELETE");
  options.onWrite("Delete");
  options.recordEvent(resource, {
    type: "Normal",
    reason: "Deleting",
    action: "Delete",
    note: "Azure was asked to delete the pool",
  });
  if (answer.status === 204) return { kind: "requeue", afterMs: 0 };
  const started = { what: "delete", reason: REASON.deleting, message: MESSAGE_DELETING } as const;
  return await follow(options, decision, started, answer, memory, signal);
}
