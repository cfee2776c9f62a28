import type { Clock, WallClock } from "../../src/time/clock.ts";
import { Heap } from "./heap.ts";

/** A clock that stands still until a test moves it; it also tells the time of day, where a test has no other. */
export class FakeClock implements Clock, WallClock {
  #now: number;
  readonly #timers = new Heap<() => void>();
  #isBroken = false;

  /** @param start milliseconds since the epoch */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  time(): number {
    return this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    if (this.#isBroken) return () => undefined;
    // Whole milliseconds, as a machine's clock has them.
    const timer = this.#timers.add(this.#now + Math.ceil(Math.max(ms, 0)), fire);
    return () => this.#timers.remove(timer);
  }

  /** No timer fires any more: what a bug that forgets one looks like. */
  loseTimers(): void {
    this.#isBroken = true;
    for (let timer = this.#timers.first; timer; timer = this.#timers.first) this.#timers.remove(timer);
  }

  /** Moves on by `ms`, firing what falls due in order, and lets promises settle after each; stops early once `done` says so. */
  async advance(ms: number, done: () => boolean = () => false): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (!done()) {
      const next = this.#timers.first;
      if (!next || next.at > end) {
        this.#now = end;
        return;
      }
      this.#now = next.at;
      this.#timers.remove(next);
      next.item();
      await settle();
    }
  }
}

/** Work that goes on without time and without promises: files that are being read. */
const BUSY = /^(?:FSReq|FileHandle|CloseReq)/;

/** Lets everything that can go on without time go on: before an immediate runs, no promise is left that could move. */
async function settle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => BUSY.test(name)));
}
