import type { Logger } from "pino";
import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { ArmAnswer, ArmClient } from "../azure/arm-client.ts";
import type { Result } from "../controller/controller.ts";
import type { EventNote } from "../kubernetes/events.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import type { Change } from "../sessionpool/diff.ts";
import { isObject } from "../sessionpool/json.ts";
import { normalize } from "../sessionpool/normalize.ts";
import type { Action, Observation, PutReason } from "../sessionpool/action.ts";
import { MESSAGE_DELETING, MESSAGE_WORKING, provisioningState } from "../sessionpool/plan.ts";
import { jittered } from "../time/backoff.ts";
import type { Random } from "../time/clock.ts";
import { type Decision, DEFAULT_POLL_MS, type GatherOptions, learn } from "./gather.ts";
import type { PoolMemory } from "./memory.ts";
import type { Reporter } from "./report.ts";

export interface ActOptions extends Pick<GatherOptions, "now" | "failedPoolBackoff"> {
  readonly arm: ArmClient;
  readonly sessionPools: SessionPools;
  readonly reporter: Reporter;
  readonly recordEvent: (resource: SessionPool, event: EventNote) => void;
  readonly random: Random;
  /** How often a pool at rest is compared with Azure, in milliseconds. */
  readonly driftIntervalMs: number;
}

/** How far apart looks at a missing Secret are at most, in milliseconds; nothing tells the operator when it appears. */
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
  const { resource, action, observation } = decision;
  switch (action.kind) {
    case "wait":
    case "observe":
      return { kind: "done" };
    case "addFinalizer":
      await options.sessionPools.addFinalizer(resource, signal);
      log.info("finalizer added");
      return { kind: "done" };
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
        resource,
        { kind: "reconciling", reason: action.reason, message: action.message },
        observation,
        memory,
        signal,
      );
      log.debug({ reason: action.reason }, "Azure is working; looking again later");
      return {
        kind: "requeue",
        afterMs: Math.max((memory.operation?.notBefore ?? options.now() + DEFAULT_POLL_MS) - options.now(), 0),
      };
    case "hold":
      await options.reporter.report(
        resource,
        {
          kind: action.condition === "Stalled" ? "stalled" : "suspended",
          reason: action.reason,
          message: action.message,
        },
        observation,
        memory,
        signal,
      );
      log.info({ reason: action.reason, message: action.message }, "holding");
      return afterHold(options, action, memory);
    case "ready":
      log.debug({ known: action.known.map(({ path }) => path) }, "in sync");
      return await rest(options, resource, action.known, observation, memory, signal);
  }
}

/** The pool is as it should be: say so, and look again when the drift interval has passed. */
async function rest(
  options: ActOptions,
  resource: SessionPool,
  known: readonly Change[],
  observation: Observation,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Result> {
  await options.reporter.report(resource, { kind: "ready", known }, observation, memory, signal);
  return { kind: "requeue", afterMs: jittered(options.driftIntervalMs, options.random) };
}

/** Azure has begun a long-running operation: remember where to ask, say so, and let the worker go. */
async function follow(
  options: ActOptions,
  resource: SessionPool,
  started: { readonly what: "put" | "delete"; readonly reason: string; readonly message: string },
  answer: ArmAnswer,
  observation: Observation,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Result> {
  const { what, reason, message } = started;
  const wait = answer.retryAfterMs ?? DEFAULT_POLL_MS;
  memory.operation = { what, url: answer.operationUrl, notBefore: options.now() + wait };
  await options.reporter.report(resource, { kind: "reconciling", reason, message }, observation, memory, signal);
  return { kind: "requeue", afterMs: wait };
}

function afterHold(options: ActOptions, action: Action & { kind: "hold" }, memory: PoolMemory): Result {
  if (action.condition === "Suspended") return { kind: "done" };
  if (memory.retryAt !== undefined) return { kind: "requeue", afterMs: Math.max(memory.retryAt - options.now(), 0) };
  return { kind: "retry", maxMs: MAX_HOLD_MS };
}

async function put(
  options: ActOptions,
  decision: Decision,
  action: Action & { kind: "put" },
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, placement, desired } = decision;
  if (!placement) throw new Error("a PUT was planned without a placement");
  const paths = action.changes.map(({ path }) => path);
  memory.lastPutGeneration = resource.metadata.generation;
  memory.pendingPut = normalize(desired, "desired");
  delete memory.failure;
  delete memory.retryAt;
  let answer: ArmAnswer;
  try {
    answer = await options.arm.put(placement, action.body, signal);
  } catch (error) {
    // Whether it took effect is unknown or denied; the next read tells, and must not take old differences for Azure's will.
    delete memory.pendingPut;
    throw error;
  }
  log.info({ reason: action.reason, paths, status: answer.status }, "PUT");
  options.recordEvent(resource, {
    type: action.reason === "DriftCorrected" ? "Warning" : "Normal",
    reason: EVENT_OF[action.reason],
    action: "Put",
    note: noteOf(action.reason, action.changes),
  });
  const observed: Observation = isObject(answer.body) ? { kind: "present", pool: answer.body } : { kind: "unknown" };
  const state = observed.kind === "present" ? provisioningState(observed.pool) : "InProgress";
  if (answer.operationUrl === undefined && state === "Succeeded" && answer.status === 200) {
    learn(options, memory, observed);
    return await rest(options, resource, memory.known, observed, memory, signal);
  }
  const reason = action.reason === "Create" ? REASON.creating : REASON.updating;
  return await follow(
    options,
    resource,
    { what: "put", reason, message: MESSAGE_WORKING },
    answer,
    observed,
    memory,
    signal,
  );
}

async function remove(
  options: ActOptions,
  decision: Decision,
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, placement, observation } = decision;
  if (!placement) throw new Error("a DELETE was planned without a placement");
  const answer = await options.arm.delete(placement, signal);
  log.info({ status: answer.status }, "DELETE");
  options.recordEvent(resource, {
    type: "Normal",
    reason: "Deleting",
    action: "Delete",
    note: "Azure was asked to delete the pool",
  });
  if (answer.status === 204) return { kind: "requeue", afterMs: 0 };
  const started = { what: "delete", reason: REASON.deleting, message: MESSAGE_DELETING } as const;
  return await follow(options, resource, started, answer, observation, memory, signal);
}

const EVENT_OF: Record<PutReason, string> = {
  Create: "Creating",
  SpecChanged: "Updating",
  DriftCorrected: "DriftCorrected",
  RetryAfterFailure: "Retrying",
};

function noteOf(reason: PutReason, changes: readonly Change[]): string {
  const paths = changes.map(({ path }) => path).join(", ");
  switch (reason) {
    case "Create":
      return "Azure was asked to create the pool";
    case "SpecChanged":
      return `Azure was asked to change ${paths}`;
    case "DriftCorrected":
      return `the pool was changed in Azure at ${paths}; Azure was asked to restore it`;
    case "RetryAfterFailure":
      return paths === ""
        ? "the last operation failed; trying the same again"
        : `the last operation failed; Azure was asked to change ${paths}`;
  }
}
