import type { Logger } from "pino";
import { isReadyAt, isStalledAt, REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import { TurnPending } from "../azure/budget.ts";
import { ArmError } from "../azure/errors.ts";
import type { Result } from "../controller/controller.ts";
import { isNotFound, isOlder, isPreconditionFailed, KubernetesError } from "../kubernetes/errors.ts";
import type { Action } from "../sessionpool/action.ts";
import { provisioningState } from "../sessionpool/live-pool.ts";
import type { Outcome } from "../sessionpool/status.ts";
import { NotLeading } from "../time/permit.ts";
import { act } from "./act.ts";
import type { ActOptions } from "./act-options.ts";
import { failureOf, MESSAGE_PAUSED } from "./failure.ts";
import { type Decision, decide, type GatherOptions, ownerOf } from "./gather.ts";
import type { Memories, PoolMemory } from "./memory.ts";
import type { Subject } from "./report.ts";
import { shownWords } from "./redact.ts";
import type { WriteSlots } from "./write-slots.ts";

export interface ReconcilerOptions extends GatherOptions, ActOptions {
  /** Turns of a key that were not used are others'. */
  readonly giveBack: (key: string) => void;
  readonly slots: Pick<WriteSlots, "occupy" | "free">;
  /** The resource under a key, as the reflector last saw it. */
  readonly cached: (key: string) => SessionPool | undefined;
  readonly memories: Memories;
}

/** Actions that change something outside: both sides are read live before them. */
const WRITES: ReadonlySet<Action["kind"]> = new Set(["put", "delete", "release"]);

const LOOK_AGAIN = { kind: "retry" } as const;

/** How soon to try again when a write was not allowed to begin, in milliseconds: the next renewal of the lease, or none, decides. */
const PERMIT_MS = 2_000;

/** A wait for a turn that is longer is told, in milliseconds. */
const WORTH_TELLING_MS = 5_000;
const MESSAGE_QUEUED =
  "waits for its turn: Azure limits how many reads, writes and deletions a subscription takes, and --max-in-flight-writes how many pools it works on at once";

/** A deletion must not wait for ever for rights that nobody gives any more. */
const LET_GO =
  "; the resource stays until its pool is deleted: mend this, or set spec.policy.deletion to Orphan to let it go and keep the pool";

/** How long a PUT keeps Azure busy at most, in milliseconds: its operations announce PT30M (azure-session-pools §3.1). */
const LONGEST_WORK_MS = 30 * 60_000;

/** How long a resource stays Ready or Stalled while Azure cannot be asked, in milliseconds. */
const READY_GRACE_MS = 5 * 60_000;

/** What is done with a resource once it is known as it is. */
type Step = (resource: SessionPool, memory: PoolMemory, log: Logger, signal: AbortSignal) => Promise<Result>;

/** Brings one SessionPool one step closer to its desired state: gather → plan → act → report. */
export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, log: Logger, signal: AbortSignal): Promise<Result> {
    return await this.#process(key, log, signal, this.#step.bind(this));
  }

  /** What a replica that stands by does instead: it gets to know the pool by LISTs, as one that leads does, and writes nothing anywhere. */
  async standBy(key: string, log: Logger, signal: AbortSignal): Promise<Result> {
    const options = { ...this.#options, standsBy: true };
    return await this.#process(key, log, signal, async (resource, memory) => {
      await decide(options, resource, memory, signal);
      return { kind: "done" };
    });
  }

  async #process(key: string, log: Logger, signal: AbortSignal, step: Step): Promise<Result> {
    const { cached, memories } = this.#options;
    const known = cached(key);
    if (!known) {
      memories.forget(key);
      this.#options.observers.untrack(key);
      this.#options.breaker.forget(key);
      this.#finish(key, undefined);
      return { kind: "done" };
    }
    const memory = memories.of(key, known);
    let result: Result | undefined;
    try {
      const resource = await this.#upToDate(known, memory, signal);
      result = resource ? await step(resource, memory, log, signal) : LOOK_AGAIN;
      return result;
    } catch (error) {
      if (error instanceof NotLeading) return { kind: "requeue", afterMs: PERMIT_MS };
      if (!(error instanceof KubernetesError)) throw error;
      log.info({ err: error }, "Kubernetes did not take it; looking again");
      // Somebody changed the object under us, or it is gone: the cache will know, and the API server knows now.
      if (isNotFound(error) || isPreconditionFailed(error)) memory.cacheIsOld = true;
      return error.retryAfterMs === undefined ? LOOK_AGAIN : { ...LOOK_AGAIN, notBeforeMs: error.retryAfterMs };
    } finally {
      // Who waits for a turn keeps those that have come.
      if (result?.kind !== "parked") this.#finish(key, memory);
    }
  }

  /** Turns that were not used are others', and so is the slot for a write, unless Azure is at work. */
  #finish(key: string, memory: PoolMemory | undefined): void {
    const { giveBack, slots } = this.#options;
    giveBack(key);
    if (memory && this.#isAtWork(memory)) slots.occupy(key);
    else slots.free(key);
  }

  /** Whether Azure works on the pool, as far as is known: one whose end nobody sees does not keep the others waiting for ever. */
  #isAtWork(memory: PoolMemory): boolean {
    if (memory.isProvisioning !== true) return false;
    const now = this.#options.now();
    memory.provisioningSince ??= now;
    return now - memory.provisioningSince < LONGEST_WORK_MS;
  }

  /** The resource: what the cache has, unless the operator knows that there is something newer. */
  async #upToDate(known: SessionPool, memory: PoolMemory, signal: AbortSignal): Promise<SessionPool | undefined> {
    const isOld = memory.version !== undefined && isOlder(known.metadata.resourceVersion, memory.version);
    if (!isOld && memory.cacheIsOld !== true) return known;
    const live = await this.#options.sessionPools.get(known, signal);
    if (live) {
      memory.version = live.metadata.resourceVersion;
      memory.cacheIsOld = false;
    }
    return live;
  }

  async #step(resource: SessionPool, memory: PoolMemory, log: Logger, signal: AbortSignal): Promise<Result> {
    let current = resource;
    let doing = "read the pool";
    let decision: Decision | undefined;
    try {
      decision = await decide(this.#options, current, memory, signal);
      if (decision.pending) return await this.#wait(decision.pending, current, decision, memory, log, signal);
      if (WRITES.has(decision.action.kind)) {
        const live = await this.#options.sessionPools.get(resource, signal);
        // Gone, or a server that does not serve the kind just now: the watch tells, or nothing did happen.
        if (!live) return LOOK_AGAIN;
        if (live.metadata.resourceVersion !== resource.metadata.resourceVersion) {
          current = live;
          memory.version = live.metadata.resourceVersion;
          decision = await decide(this.#options, current, memory, signal);
          if (decision.pending) return await this.#wait(decision.pending, current, decision, memory, log, signal);
        }
      }
      if (decision.observation.kind !== "unknown") delete memory.unavailableSince;
      doing = decision.action.kind === "delete" ? "delete the pool" : "create or update the pool";
      const result = await act(this.#options, decision, memory, log, signal);
      // What the PUT left different stands in the status now.
      if (decision.settled && memory.pendingPut === decision.settled) delete memory.pendingPut;
      memory.isProvisioning = memory.operation?.what === "put" || isProvisioning(decision);
      return result;
    } catch (error) {
      if (error instanceof TurnPending) return await this.#wait(error, current, decision, memory, log, signal);
      if (!(error instanceof ArmError)) throw error;
      return await this.#fail(error, doing, current, decision, memory, log, signal);
    }
  }

  async #fail(
    error: ArmError,
    doing: string,
    resource: SessionPool,
    decision: Decision | undefined,
    memory: PoolMemory,
    log: Logger,
    signal: AbortSignal,
  ): Promise<Result> {
    const hidden = [decision?.values, memory.sentValues, memory.signIn?.values];
    const message = shownWords(error.words, ...hidden);
    const { where } = memory.signIn ?? {};
    const isDenied = where !== undefined && (error.kind === "unauthenticated" || error.status === 403);
    const shown = {
      kind: error.kind,
      code: shownWords(error.code, ...hidden),
      message: isDenied ? `${message} (signed in by ${where})` : message,
      retryAfterMs: error.retryAfterMs,
    };
    const isDeleted = resource.metadata.deletionTimestamp !== undefined;
    const { outcome, result, transient } = failureOf(shown, doing, isDeleted ? LET_GO : "");
    const now = this.#options.now();
    memory.unavailableSince ??= now;
    log.warn({ status: error.status, code: shown.code, reason: shown.message, doing }, `azure: ${shown.kind}`);
    if (transient && hasEnded(resource) && doing === "read the pool" && now - memory.unavailableSince < READY_GRACE_MS)
      return result;
    const subject = this.#subject(resource, decision);
    await this.#options.reporter.report(subject, outcome, memory, signal);
    return outcome.kind === "stalled" ? { ...result, isTerminal: true } : result;
  }

  /** A call has to wait for its turn: the worker goes on with others, and the status says what the resource waits for when that takes long. */
  async #wait(
    { isPaused, waitMs, againMs }: TurnPending,
    resource: SessionPool,
    decision: Decision | undefined,
    memory: PoolMemory,
    log: Logger,
    signal: AbortSignal,
  ): Promise<Result> {
    log.debug({ isPaused, waitMs }, "waiting for a turn to call Azure");
    const { action } = decision ?? {};
    const isWrite = action?.kind === "put" || action?.kind === "delete";
    // A look can wait without a word, also at how far Azure is; what is known to be due cannot.
    if (waitMs >= WORTH_TELLING_MS && (isWrite || !(hasEnded(resource) || memory.operation))) {
      const outcome: Outcome = {
        kind: "reconciling",
        reason: isPaused ? REASON.throttled : REASON.queued,
        message: isPaused ? MESSAGE_PAUSED : MESSAGE_QUEUED,
        ...(action?.kind === "put" && action.drift ? { drift: action.drift } : {}),
      };
      await this.#options.reporter.report(this.#subject(resource, decision), outcome, memory, signal);
    }
    return againMs === undefined ? { kind: "parked" } : { kind: "requeue", afterMs: againMs };
  }

  #subject(resource: SessionPool, decision: Decision | undefined): Subject {
    return {
      resource,
      owner: ownerOf(this.#options, resource),
      observation: decision?.observation ?? { kind: "unknown" },
      applied: decision ? decision.applied : resource.status?.applied,
      desired: decision?.desired ?? {},
    };
  }
}

/** Whether Azure works on the pool because of a PUT, whoever made it. */
function isProvisioning({ action, observation }: Decision): boolean {
  return (
    action.kind === "poll" && observation.kind === "present" && provisioningState(observation.pool) === "InProgress"
  );
}

/** Whether the resource, as it is now, was called Ready or Stalled. */
function hasEnded({ metadata, status }: SessionPool): boolean {
  return isReadyAt(status?.conditions, metadata.generation) || isStalledAt(status?.conditions, metadata.generation);
}
