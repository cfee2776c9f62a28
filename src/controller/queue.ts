import type { Clock } from "../time/clock.ts";

/**
 * A work queue of keys with the semantics of client-go's (util/workqueue/queue.go): a key waits at most once; a key that is added
 * while a worker holds it is handed out again after `done`, never to two workers at once. A delayed add keeps the earliest time, and
 * is dropped once the key is handed out, because the worker looks at the whole state anyway.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #waiting = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #idle: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of keys ready to be handed out. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Number of keys that workers hold. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Asks for `key` to be processed as soon as a worker is free. */
  add(key: string): void {
    if (this.#closed) return;
    this.#dropDelayed(key);
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    const worker = this.#waiting.has(key) ? undefined : this.#idle.shift();
    if (worker) {
      this.#processing.add(key);
      worker(key);
    } else {
      this.#waiting.add(key);
    }
  }

  /** Asks for `key` to be processed in `ms` milliseconds, or earlier if an earlier time stands already. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const at = this.#clock.now() + ms;
    const standing = this.#delayed.get(key);
    if (this.#waiting.has(key) || (standing && standing.at <= at)) return;
    standing?.cancel();
    this.#delayed.set(key, { at, cancel: this.#clock.timer(ms, () => this.add(key)) });
  }

  /** The next key, or `undefined` once the queue is closed. The caller must call {@link done} with it. */
  get(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const [key] = this.#waiting;
    if (key === undefined) return new Promise((resolve) => this.#idle.push(resolve));
    this.#waiting.delete(key);
    this.#processing.add(key);
    return Promise.resolve(key);
  }

  /** Gives `key` back after processing; it is handed out again at once if it was added meanwhile. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
  }

  /** Hands out nothing more and ends the workers that wait. Keys already handed out may finish. */
  close(): void {
    this.#closed = true;
    for (const key of this.#delayed.keys()) this.#dropDelayed(key);
    this.#waiting.clear();
    this.#dirty.clear();
    for (const worker of this.#idle.splice(0)) worker(undefined);
  }

  #dropDelayed(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
