import type { Clock } from "../../src/time/clock.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  /** @param start milliseconds since the epoch */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    // Whole milliseconds, as a machine's clock has them.
    const timer = { at: this.#now + Math.ceil(Math.max(ms, 0)), fire };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Moves on by `ms`, firing what falls due in order, and lets promises settle after each; stops early once `done` says so. */
  async advance(ms: number, done: () => boolean = () => false): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (!done()) {
      const next = this.#earliest(end);
      if (!next) {
        this.#now = end;
        return;
      }
      this.#now = next.at;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      next.fire();
      await settle();
    }
  }

  #earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && timer.at < (earliest?.at ?? Infinity)) earliest = timer;
    return earliest;
  }
}

/** Work that goes on without time and without promises: files that are being read. */
const BUSY = /^(?:FSReq|FileHandle|CloseReq)/;

/** Lets everything that can go on without time go on: before an immediate runs, no promise is left that could move. */
async function settle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => BUSY.test(name)));
}
