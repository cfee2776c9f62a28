import type { Logger } from "pino";
import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { Result } from "../controller/controller.ts";
import type { Action } from "../sessionpool/action.ts";
import { modeOf } from "../sessionpool/approval.ts";
import type { ActOptions } from "./act-options.ts";
import { type Decision, keyOf } from "./gather.ts";
import type { PoolMemory } from "./memory.ts";
import { DEFAULT_POLL_MS } from "./observe.ts";
import { lookAgain, rest } from "./rest.ts";
import { adopt, put, remove } from "./write.ts";

/** Holds that end with an edit of the resource, which the watch brings: Azure need not be asked more often than at rest. */
const UNTIL_EDIT: ReadonlySet<string> = new Set([
  REASON.changesPlanned,
  REASON.approvalRequired,
  REASON.drifted,
  REASON.tooManyDrifted,
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

/** How long an operation is left to LISTs without a look, in milliseconds. */
const FOLLOWED_MS = 5 * 60_000;

/** How long the watch may take to bring back what the operator wrote itself, in milliseconds. */
const WATCH_LAG_MS = 2_000;

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
      return { kind: "requeue", afterMs: pollAgainMs(options, keyOf(resource), memory) };
    case "hold": {
      const { condition, kind: _kind, ...told } = action;
      await options.reporter.report(
        decision,
        condition === "Stalled" ? { kind: "stalled", ...told } : { kind: "suspended", ...told },
        memory,
        signal,
      );
      log.info({ reason: action.reason, message: action.message }, "holding");
      const next = afterHold(options, resource, action, memory);
      return condition === "Stalled" ? { ...next, isTerminal: true } : next;
    }
    case "ready":
      log.debug({ known: action.known?.differences.map(({ path }) => path) }, "in sync");
      return await rest(options, decision, action, memory, signal);
  }
}

/** When to see again how far Azure is: LISTs tell of it while they follow many operations. */
function pollAgainMs({ observers, now }: ActOptions, key: string, { operation }: PoolMemory): number {
  const waitMs = operation ? operation.notBefore - now() : 0;
  if (waitMs > 0) return waitMs;
  return observers.follows(key) ? FOLLOWED_MS : operation ? 0 : DEFAULT_POLL_MS;
}

function afterHold(
  options: ActOptions,
  resource: SessionPool,
  action: Action & { kind: "hold" },
  memory: PoolMemory,
): Result {
  if (action.condition === "Suspended") return { kind: "done" };
  if (UNTIL_EDIT.has(action.reason)) return lookAgain(options, resource);
  const untilRetryMs = (memory.retryAt ?? 0) - options.now();
  if (untilRetryMs > 0) return { kind: "requeue", afterMs: untilRetryMs };
  return { kind: "retry", maxMs: MAX_HOLD_MS };
}

/** Whether the resource leaves the pool to others: what it has begun must not keep them waiting. */
function writesNoMore({ resource, action }: Decision): boolean {
  return (
    action.kind === "release" ||
    modeOf(resource) === "Observe" ||
    (action.kind === "hold" && NOT_MINE.has(action.reason))
  );
}
