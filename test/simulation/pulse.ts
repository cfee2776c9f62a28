import type { FakeClock } from "../time/fake-clock.ts";

/** Whether a process gets to run: while it does not, as in a long garbage collection or after SIGSTOP, what falls due and what arrives waits. */
export class Pulse {
  readonly #clock: FakeClock;
  readonly #due: (() => void)[] = [];
  readonly #arrived: (() => void)[] = [];
  #stalledUntil = -Infinity;
  #cutUntil = -Infinity;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get isStalled(): boolean {
    return this.#clock.now() < this.#stalledUntil;
  }

  /** Nothing of it runs for so long, in milliseconds; the world goes on. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#clock.now() + ms);
    this.#clock.timer(ms, () => this.#resume());
  }

  /** Nothing that is on its way to it arrives for so long, in milliseconds; then all of it does. */
  cut(ms: number): void {
    this.#cutUntil = Math.max(this.#cutUntil, this.#clock.now() + ms);
  }

  /** A timer of the process has run out. */
  due(act: () => void): void {
    if (this.isStalled) this.#due.push(act);
    else act();
  }

  /** Something has come for it. */
  arrive(act: () => void): void {
    const cutMs = this.#cutUntil - this.#clock.now();
    if (cutMs > 0) this.#clock.timer(cutMs, () => this.arrive(act));
    else if (this.isStalled) this.#arrived.push(act);
    else act();
  }

  /** Timers come first, as in Node's loop, and then what has arrived. */
  #resume(): void {
    if (this.isStalled) return;
    for (const act of [...this.#due.splice(0), ...this.#arrived.splice(0)]) this.#clock.timer(0, act);
  }
}
