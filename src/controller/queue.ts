import type { Clock } from "../time/clock.ts";

/**
 * How soon a key is handed out: what a user did, or whose turn has come; what happened in the world, and retries; what a first list or a resync
 * brings (controller-runtime's low priority, kubernetes-conventions §3.1).
 */
export type Priority = "urgent" | "normal" | "background";

const ORDER: readonly Priority[] = ["urgent", "normal", "background"];

/** One key in so many is the one that has waited longest, whatever its priority, so that nothing starves (controller-runtime#3496). */
const OLDEST_EVERY = 8;

/**
 * A work queue of keys with the semantics of client-go's (util/workqueue/queue.go) and priorities: a key waits at most once, with the highest priority
 * that it was added with; a key that is added while a worker holds it is handed out again after `done`, never to two workers at once. A delayed add
 * keeps the earliest time, and is dropped once the key is handed out, because the worker looks at the whole state anyway.
 */
export class WorkQueue {
  readonly #clock: Clock;
  /** By priority, with the number of the add. */
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = {
    urgent: new Map(),
    normal: new Map(),
    background: new Map(),
  };
  /** With the priority that each was handed out with. */
  readonly #processing = new Map<string, Priority>();
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #idle: ((key: string | undefined) => void)[] = [];
  #adds = 0;
  #handedOut = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of keys ready to be handed out. */
  get depth(): number {
    return ORDER.reduce((sum, priority) => sum + this.#waiting[priority].size, 0);
  }

  /** Number of keys that workers hold. */
  get processing(): number {
    return this.#processing.size;
  }

  /** With which priority a key was handed out that a worker holds. */
  priorityOf(key: string): Priority | undefined {
    return this.#processing.get(key);
  }

  /** Asks for `key` to be processed as soon as a worker is free. */
  add(key: string, priority: Priority = "normal"): void {
    if (this.#closed) return;
    this.#dropDelayed(key);
    if (this.#processing.has(key)) {
      this.#dirty.set(key, higher(priority, this.#dirty.get(key)));
      return;
    }
    const standing = ORDER.find((each) => this.#waiting[each].has(key));
    const worker = standing ? undefined : this.#idle.shift();
    if (worker) {
      this.#processing.set(key, priority);
      worker(key);
      return;
    }
    const now = higher(priority, standing);
    if (standing === now) return;
    const number = standing ? this.#waiting[standing].get(key) : undefined;
    if (standing) this.#waiting[standing].delete(key);
    this.#waiting[now].set(key, number ?? (this.#adds += 1));
  }

  /** Asks for `key` to be processed in `ms` milliseconds, or earlier if an earlier time stands already. */
  addAfter(key: string, ms: number, priority: Priority = "normal"): void {
    if (this.#closed) return;
    const at = this.#clock.now() + ms;
    const standing = this.#delayed.get(key);
    const waits = ORDER.some((each) => this.#waiting[each].has(key));
    if (waits || (standing && standing.at <= at)) return;
    standing?.cancel();
    this.#delayed.set(key, { at, cancel: this.#clock.timer(ms, () => this.add(key, priority)) });
  }

  /** The next key, or `undefined` once the queue is closed. The caller must call {@link done} with it. */
  get(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#next();
    if (key === undefined) return new Promise((resolve) => this.#idle.push(resolve));
    const priority = ORDER.find((each) => this.#waiting[each].delete(key));
    this.#handedOut += 1;
    this.#processing.set(key, priority ?? "normal");
    return Promise.resolve(key);
  }

  /** Gives `key` back after processing; it is handed out again at once if it was added meanwhile. */
  done(key: string): void {
    this.#processing.delete(key);
    const priority = this.#dirty.get(key);
    if (priority === undefined) return;
    this.#dirty.delete(key);
    this.add(key, priority);
  }

  /** Hands out nothing more and ends the workers that wait. Keys already handed out may finish. */
  close(): void {
    this.#closed = true;
    for (const key of this.#delayed.keys()) this.#dropDelayed(key);
    for (const each of ORDER) this.#waiting[each].clear();
    this.#dirty.clear();
    for (const worker of this.#idle.splice(0)) worker(undefined);
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
