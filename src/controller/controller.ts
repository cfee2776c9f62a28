import type { Logger } from "pino";
import { backoff, type BackoffOptions } from "../time/backoff.ts";
import type { Random } from "../time/clock.ts";
import type { OwnTurns } from "../time/turns.ts";
import type { WorkQueue } from "./queue.ts";

/** What a reconcile asks for next. */
export type Result =
  /** Nothing until something changes. */
  | { readonly kind: "done" }
  /** Nothing before somebody adds the key who knows when it can go on, such as a budget. Keeps the failure count. */
  | { readonly kind: "parked" }
  /** Look again in `afterMs` milliseconds: progress is expected then. Clears the failure count. */
  | { readonly kind: "requeue"; readonly afterMs: number }
  /** Try again with exponential backoff, not before `notBeforeMs` (a Retry-After), and at most `maxMs` apart. */
  | { readonly kind: "retry"; readonly notBeforeMs?: number; readonly maxMs?: number };

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
  /** The turn of who came last. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: ControllerOptions) {
    this.#options = options;
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
        await this.#turn();
        await this.#process(key);
      } finally {
        this.#options.queue.done(key);
      }
    }
  }

  async #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => this.#options.turns.own());
    await this.#lastTurn;
  }

  async #process(key: string): Promise<void> {
    const { queue, reconcile } = this.#options;
    const log = this.#options.log.child({ key });
    let result: Result;
    try {
      result = await reconcile(key, log, this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.error({ err: error }, "reconcile failed unexpectedly; it will be retried");
      result = { kind: "retry" };
    }
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
