import { REASON } from "../api/conditions.ts";
import type { ArmAnswer } from "../azure/arm-client.ts";
import { ArmError } from "../azure/errors.ts";
import type { Result } from "../controller/controller.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { Logger } from "pino";
import { type Action, type Observation, poolOf } from "../sessionpool/action.ts";
import { isObject } from "../sessionpool/json.ts";
import { shownForm } from "../sessionpool/normalize.ts";
import { lastWritten, provisioningState } from "../sessionpool/live-pool.ts";
import { MESSAGE_DELETING, MESSAGE_WORKING } from "../sessionpool/progress.ts";
import type { ActOptions } from "./act-options.ts";
import { putEvent } from "./announce.ts";
import { type Decision, keyOf } from "./gather.ts";
import type { PoolMemory } from "./memory.ts";
import { pollAfterMs } from "./observe.ts";
import type { Reporter, Subject } from "./report.ts";
import { rest } from "./rest.ts";
import { showWithout } from "./secrets.ts";
import { settle } from "./settle.ts";
import { rankOf } from "./turns.ts";
import { expectPool } from "./unshown.ts";

/** How soon to look again when another resource for the same pool was quicker, in milliseconds. */
const RIVAL_MS = 1_000;

/** Creates or updates the pool. */
export async function put(
  options: ActOptions,
  decision: Decision,
  action: Action & { kind: "put" },
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, arm, placement, desired, sentSecrets, values, turnOf } = decision;
  if (!arm || !placement) throw new Error("a PUT was planned without a credential or a placement");
  if (action.reason === "SecretsUnverified") {
    const wait = options.unverifiedPacer.waitFor(memory, options.now());
    if (wait > 0) return { kind: "requeue", afterMs: wait };
  }
  const turn = turnOf(rankOf(action, resource));
  arm.budget.reserve("write", placement.subscriptionId, turn);
  if (!takesPool(options, resource)) return { kind: "requeue", afterMs: RIVAL_MS };
  const { generation } = resource.metadata;
  memory.pendingPut = { generation, desired: shownForm(desired, "desired"), secrets: sentSecrets };
  options.provisioning.began(memory, action.reason === "Create");
  let answer: ArmAnswer;
  try {
    answer = await arm.put(placement, action.body, signal, turn);
  } catch (error) {
    options.observers.distrust(turn.key, false);
    // Whether it took effect is unknown or denied; the next read tells, and must not take old differences for Azure's will.
    delete memory.pendingPut;
    delete memory.provisioning;
    if (error instanceof ArmError && error.kind === "unavailable") {
      memory.unanswered = { generation, modifiedAt: lastWritten(poolOf(decision.observation)) };
      memory.sentValues = values;
      delete memory.provisioningSince;
      expectPool(memory, "unanswered", options.now());
      // Azure may be at work: until it is read, it counts as that.
      memory.isProvisioning = true;
    }
    throw error;
  }
  // Only what Azure takes puts an end to what failed before.
  memory.lastPutGeneration = generation;
  memory.sentValues = values;
  delete memory.unanswered;
  delete memory.failure;
  delete memory.retryAt;
  delete memory.provisioningSince;
  expectPool(memory, "taken", options.now());
  const paths = action.changes.map(({ path }) => path);
  log.info({ reason: action.reason, paths, status: answer.status }, "PUT");
  options.onWrite(action.reason, action.isRepair === true);
  options.recordEvent(resource, putEvent(action));
  const observation: Observation = isObject(answer.body) ? { kind: "present", pool: answer.body } : { kind: "unknown" };
  options.observers.distrust(turn.key, true);
  if (observation.kind === "present") {
    options.observers.saw(turn.key, observation.pool, options.now());
    memory.pendingPut = { ...memory.pendingPut, modifiedAt: lastWritten(observation.pool) };
  }
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

/** Asks Azure to delete the pool. */
export async function remove(
  options: ActOptions,
  decision: Decision,
  memory: PoolMemory,
  log: Logger,
  signal: AbortSignal,
): Promise<Result> {
  const { resource, arm, placement, action, turnOf } = decision;
  if (!arm || !placement) throw new Error("a DELETE was planned without a credential or a placement");
  const turn = turnOf(rankOf(action, resource));
  arm.budget.reserve("delete", placement.subscriptionId, turn);
  options.observers.distrust(turn.key, true);
  const answer = await arm.delete(placement, signal, turn);
  options.observers.distrust(turn.key, answer.status !== 204);
  delete memory.failure;
  delete memory.retryAt;
  log.info({ status: answer.status }, "DELETE");
  options.onWrite("Delete", false);
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

/** The claim is written before anything is done in its name. */
export async function adopt(
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
  const wait = pollAfterMs(answer.retryAfterMs);
  memory.operation = { what, url: answer.operationUrl, notBefore: options.now() + wait };
  await options.reporter.report(subject, { kind: "reconciling", ...told }, memory, signal);
  return { kind: "requeue", afterMs: wait };
}
