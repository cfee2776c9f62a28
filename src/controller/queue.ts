import type { Clock } from "../time/clock.ts";

/**
 * How soon a key is handed out: what a user did, or whose turn has come; what happened in the world, and retries; what a first list or a resync
 * brings (controller-runtime's low priority, kubernetes-conventions §3.1).
 */
export type Priority = "urgent" | "normal" | "background";

const ORDER: readonly Priority[] = ["urgent", "normal", "background"];

/** Told of what keys go through, as client-go counts it; times in milliseconds. */
export interface QueueWatcher {
  /** A key is asked for that was not. */
  readonly added: () => void;
  /** A key is asked for later. */
  readonly delayed: () => void;
  /** A worker got a key that had waited so long. */
  readonly handedOut: (waitedMs: number) => void;
  /** A worker gave a key back that it had held so long. */
  readonly done: (heldMs: number) => void;
}

/** How a queue stands. */
export interface QueueState {
  /** Keys ready to be handed out. */
  readonly waiting: Readonly<Record<Priority, number>>;
  /** Keys that workers hold. */
  readonly held: number;
  /** How long workers have held them, all added up, in milliseconds. */
  readonly heldMs: number;
  /** How long the one is held that is held longest, in milliseconds. */
  readonly longestHeldMs: number;
}

export interface WorkQueueOptions {
  readonly watcher?: QueueWatcher;
}

/** A reconcile makes a few calls, and each has a deadline of seconds: one that takes longer than this, in milliseconds, hangs. */
const HELD_MS = 10 * 60_000;
/** A key is handed out at once when a worker waits, and a timer fires at its time: so much later, in milliseconds, it does not any more. */
const LOST_MS = 60_000;

/** One key in so many is the one that has waited longest, whatever its priority, so that nothing starves (controller-runtime#3496). */
const OLDEST_EVERY = 8;

/**
 * A work queue of keys with the semantics of client-go's (util/workqueue/queue.go) and priorities: a key waits at most once, with the highest priority
 * that it was added with; a key that is added while a worker holds it is handed out again after `done`, never to two workers at once. A delayed add
 * keeps the earliest time, and is dropped once the key is handed out, because the worker looks at the whole state anyway.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #watcher: QueueWatcher | undefined;
  /** By priority, with the number of the add. */
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = {
    urgent: new Map(),
    normal: new Map(),
    background: new Map(),
  };
  /** When each was handed out, by our clock. */
  readonly #processing = new Map<string, number>();
  /** With which priority each was handed out. */
  readonly #handedOutAs = new Map<string, Priority>();
  /** When each key that waits, or is to be handed out again, was asked for, by our clock. */
  readonly #askedAt = new Map<string, number>();
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #idle: ((key: string | undefined) => void)[] = [];
  #adds = 0;
  #handedOut = 0;
  /** Whether a worker has ever asked for a key: before that, all wait for what is to be known first, which may take the API server long. */
  #isServed = false;
  #closed = false;

  constructor(clock: Clock, { watcher }: WorkQueueOptions = {}) {
    this.#clock = clock;
    this.#watcher = watcher;
  }

  /** How it stands now. */
  state(): QueueState {
    const now = this.#clock.now();
    const held = [...this.#processing.values()].map((since) => now - since);
    return {
      waiting: {
        urgent: this.#waiting.urgent.size,
        normal: this.#waiting.normal.size,
        background: this.#waiting.background.size,
      },
      held: held.length,
      heldMs: held.reduce((sum, ms) => sum + ms, 0),
      longestHeldMs: Math.max(0, ...held),
    };
  }

  /** Why a key gets no further; undefined while all do. For the liveness probe: what is lost here is never looked at again. */
  stuck(): string | undefined {
    const now = this.#clock.now();
    const seconds = (since: number): number => Math.round((now - since) / 1_000);
    // Each is in order of time.
    const [[held, heldAt] = ["", now]] = this.#processing;
    if (now - heldAt > HELD_MS) return `${held} has been worked on for ${seconds(heldAt)} s`;
    const [[waiting, askedAt] = ["", now]] = this.#askedAt;
    if (this.#isServed && this.#processing.size === 0 && now - askedAt > LOST_MS)
      return `${waiting} has waited for ${seconds(askedAt)} s, and nobody works`;
    for (const [key, { at }] of this.#delayed)
      if (now - at > LOST_MS) return `${key} was to be looked at ${seconds(at)} s ago`;
    return undefined;
  }

  /** With which priority a key was handed out that a worker holds. */
  priorityOf(key: string): Priority | undefined {
    return this.#handedOutAs.get(key);
  }

  /** Asks for `key` to be processed as soon as a worker is free. */
  add(key: string, priority: Priority = "normal"): void {
    if (this.#closed) return;
    this.#dropDelayed(key);
    if (this.#processing.has(key)) {
      if (!this.#dirty.has(key)) this.#noteAdd(key);
      this.#dirty.set(key, higher(priority, this.#dirty.get(key)));
      return;
    }
    const standing = ORDER.find((each) => this.#waiting[each].has(key));
    if (standing === undefined) {
      this.#noteAdd(key);
      this.#place(key, priority);
      return;
    }
    const now = higher(priority, standing);
    if (standing === now) return;
    const number = this.#waiting[standing].get(key) ?? 0;
    this.#waiting[standing].delete(key);
    this.#waiting[now].set(key, number);
  }

  /** Asks for `key` to be processed in `ms` milliseconds, or earlier if an earlier time stands already. */
  addAfter(key: string, ms: number, priority: Priority = "normal"): void {
    if (this.#closed) return;
    this.#watcher?.delayed();
    const at = this.#clock.now() + ms;
    const standing = this.#delayed.get(key);
    const waits = ORDER.some((each) => this.#waiting[each].has(key));
    if (waits || (standing && standing.at <= at)) return;
    standing?.cancel();
    this.#delayed.set(key, { at, cancel: this.#clock.timer(ms, () => this.add(key, priority)) });
  }

  /** The next key, or `undefined` once the queue is closed. The caller must call {@link done} with it. */
  get(): Promise<string | undefined> {
    this.#isServed = true;
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#next();
    if (key === undefined) return new Promise((resolve) => this.#idle.push(resolve));
    const priority = ORDER.find((each) => this.#waiting[each].delete(key));
    this.#handedOut += 1;
    this.#handOut(key, priority ?? "normal");
    return Promise.resolve(key);
  }

  /** Gives `key` back after processing; it is handed out again at once if it was added meanwhile. */
  done(key: string): void {
    const now = this.#clock.now();
    this.#watcher?.done(now - (this.#processing.get(key) ?? now));
    this.#processing.delete(key);
    this.#handedOutAs.delete(key);
    const priority = this.#dirty.get(key);
    if (priority === undefined) return;
    this.#dirty.delete(key);
    this.#place(key, priority);
  }

  /** Hands out nothing more and ends the workers that wait. Keys already handed out may finish. */
  close(): void {
    this.#closed = true;
    for (const key of this.#delayed.keys()) this.#dropDelayed(key);
    for (const each of ORDER) this.#waiting[each].clear();
    this.#dirty.clear();
    this.#askedAt.clear();
    for (const worker of this.#idle.splice(0)) worker(undefined);
  }

  #noteAdd(key: string): void {
    this.#watcher?.added();
    this.#askedAt.set(key, this.#clock.now());
  }

  /** Gives a key to a worker that waits, or lets it wait for one. */
  #place(key: string, priority: Priority): void {
    const worker = this.#idle.shift();
    if (!worker) {
      this.#waiting[priority].set(key, (this.#adds += 1));
      return;
    }
    this.#handOut(key, priority);
    worker(key);
  }

  #handOut(key: string, priority: Priority): void {
    const now = this.#clock.now();
    this.#watcher?.handedOut(now - (this.#askedAt.get(key) ?? now));
    this.#askedAt.delete(key);
    this.#processing.set(key, now);
    this.#handedOutAs.set(key, priority);
  }

  #next(): string | undefined {
    const heads = ORDER.flatMap((each) => {
      const [head] = this.#waiting[each];
      return head ? [head] : [];
    });
    if ((this.#handedOut + 1) % OLDEST_EVERY === 0) heads.sort(([, a], [, b]) => a - b);
    return heads[0]?.[0];
  }

  #dropDelayed(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}

function higher(a: Priority, b: Priority | undefined): Priority {
  return b !== undefined && ORDER.indexOf(b) < ORDER.indexOf(a) ? b : a;
}
