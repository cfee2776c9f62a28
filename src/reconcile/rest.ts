import type { SessionPool } from "../api/session-pool.ts";
import type { Result } from "../controller/controller.ts";
import type { Action } from "../sessionpool/action.ts";
import { jittered } from "../time/backoff.ts";
import type { ActOptions } from "./act-options.ts";
import { keyOf } from "./gather.ts";
import type { PoolMemory } from "./memory.ts";
import type { Subject } from "./report.ts";

/** After so many drift intervals a resource at rest is reconciled, although nothing was seen to change. */
export const RESYNC_INTERVALS = 3;

/** The pool is as it should be: say so. */
export async function rest(
  options: ActOptions,
  subject: Subject,
  action: Omit<Action & { kind: "ready" }, "kind">,
  memory: PoolMemory,
  signal: AbortSignal,
): Promise<Result> {
  await options.reporter.report(subject, { ...action, kind: "ready" }, memory, signal);
  return lookAgain(options, subject.resource);
}

/** A pool at rest is looked at by LISTs; now and then its own reconcile looks whether something was missed, such as a credential that changed. */
export function lookAgain(options: ActOptions, resource: SessionPool): Result {
  const { observers, driftIntervalMs, random } = options;
  const ownMs = observers.lookAgainMs(keyOf(resource));
  return { kind: "requeue", afterMs: jittered(Math.min(ownMs, RESYNC_INTERVALS * driftIntervalMs), random) };
}
