import type { Logger } from "pino";
import { backoff, type BackoffOptions } from "../time/backoff.ts";
import type { Clock, Random } from "../time/clock.ts";
import { type OwnTurns, TurnsInLine } from "../time/turns.ts";
import type { WorkQueue } from "./queue.ts";

/** What a reconcile asks for next. */
export type Result = Next & {
  /** It ended in a failure that only a person can mend, and the status says so. */
  readonly isTerminal?: true;
};

type Next =
  /** Nothing until something changes. */
  | { readonly kind: "done" }
  /** Nothing before somebody adds the key who knows when it can go on, such as a budget. Keeps the failure count. */
  | { readonly kind: "parked" }
  /** Look again in `afterMs` milliseconds: progress is expected then. Clears the failure count. */
  | { readonly kind: "requeue"; readonly afterMs: number }
  /** Try again with exponential backoff, not before `notBeforeMs` (a Retry-After), and at most `maxMs` apart. */
  | { readonly kind: "retry"; readonly notBeforeMs?: number; readonly maxMs?: number };

/** How a reconcile ended, in the words of controller-runtime. */
export interface ReconcileEnd {
  /** error: it is tried again with backoff, or is terminal; requeue: as soon as its turn comes; requeue_after: at a certain time. */
  readonly result: "success" | "error" | "requeue" | "requeue_after";
  readonly isTerminal: boolean;
  /** It threw what nobody expects. */
  readonly isPanic: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** Brings one key closer to its desired state. `log` carries the key. */
export type Reconcile = (key: string, log: Logger, signal: AbortSignal) => Promise<Result>;

export interface ControllerOptions {
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  /** Number of keys processed at the same time. */
  readonly concurrency: number;
  /** Each key begins in a turn of the event loop of its own: what needs no call would block it for as long as there are keys. */
  readonly turns: OwnTurns;
  readonly backoff: BackoffOptions;
  readonly random: Random;
  readonly log: Logger;
  /** Measures how long a reconcile takes. */
  readonly clock: Clock;
  /** Called after each reconcile but those that a stop aborted. */
  readonly onEnd: (end: ReconcileEnd) => void;
}

/**
 * Runs workers over the queue. {@link Controller.process} is the one place that says what happens after a reconcile
 * (the shape of controller-runtime's reconcileHandler).
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #failures = new Map<string, number>();
  readonly #stop = new AbortController();
  #workers: Promise<unknown> = Promise.resolve();
  readonly #turns: OwnTurns;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#turns = new TurnsInLine(options.turns);
  }

  start(): void {
    this.#workers = Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#work()));
  }

  /** Hands out no more keys, lets those in hand finish for `graceMs` (by `wait`), then aborts their calls. */
  async stop(grace: Promise<void>): Promise<void> {
    this.#options.queue.close();
    await Promise.race([this.#workers, grace]);
    this.#stop.abort(new Error("the operator is stopping"));
    await this.#workers;
  }

  async #work(): Promise<void> {
    for (let key = await this.#options.queue.get(); key !== undefined; key = await this.#options.queue.get()) {
      try {
        await this.#turns.own();
        await this.#process(key);
      } finally {
        this.#options.queue.done(key);
      }
    }
  }

  async #process(key: string): Promise<void> {
    const { queue, reconcile } = this.#options;
    const log = this.#options.log.child({ key });
    const { clock, onEnd } = this.#options;
    const startedAt = clock.now();
    let result: Result;
    let isPanic = false;
    try {
      result = await reconcile(key, log, this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.error({ err: error }, "reconcile failed unexpectedly; it will be retried");
      result = { kind: "retry" };
      isPanic = true;
    }
    onEnd({
      result: resultOf(result),
      isTerminal: result.isTerminal === true,
      isPanic,
      ms: clock.now() - startedAt,
    });
    switch (result.kind) {
      case "done":
        this.#failures.delete(key);
        return;
      case "parked":
        return;
      case "requeue":
        this.#failures.delete(key);
        queue.addAfter(key, result.afterMs);
        return;
      case "retry": {
        const failures = (this.#failures.get(key) ?? 0) + 1;
        this.#failures.set(key, failures);
        const limits = { ...this.#options.backoff, maxMs: result.maxMs ?? this.#options.backoff.maxMs };
        queue.addAfter(key, Math.max(backoff(limits, failures, this.#options.random), result.notBeforeMs ?? 0));
        return;
      }
    }
  }
}

function resultOf(result: Result): ReconcileEnd["result"] {
  if (result.isTerminal) return "error";
  switch (result.kind) {
    case "done":
      return "success";
    case "parked":
      return "requeue";
    case "requeue":
      return result.afterMs > 0 ? "requeue_after" : "requeue";
    case "retry":
      return "error";
  }
}
