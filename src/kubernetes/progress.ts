import type { Clock } from "../time/clock.ts";

/** How much longer than its own limits a reflector may stand still before something must be wrong with it, in milliseconds: a busy machine is not. */
const GRACE_MS = 30_000;

/** What a reflector does, and whether it gets on with it: the proof that it cannot be stuck. */
export class Progress {
  readonly #path: string;
  readonly #clock: Pick<Clock, "now">;
  #state = "";
  #at = 0;
  #limitMs = Infinity;

  /** @param clock one that is never set */
  constructor(path: string, clock: Pick<Clock, "now">) {
    this.#path = path;
    this.#clock = clock;
  }

  /** `listing`, `watching` or `backing off: ` and the error; empty before it begins and after it ended. */
  get state(): string {
    return this.#state;
  }

  /** When it last got on, by the clock: an object, a page, a bookmark, or an attempt that failed and is to be followed by another. */
  get at(): number {
    return this.#at;
  }

  /** Something happened; the next thing must within `limitMs`. */
  doing(state: string, limitMs: number): void {
    this.#state = state;
    this.#limitMs = limitMs;
    this.#at = this.#clock.now();
  }

  ended(): void {
    this.doing("", Infinity);
  }

  /** Undefined while all goes on in its time; else what does not, and for how long. @param now by the clock that it was given */
  stuckFor(now: number): string | undefined {
    const quietMs = now - this.#at;
    if (quietMs <= this.#limitMs + GRACE_MS) return undefined;
    return `${this.#path}: ${this.#state}, without progress for ${Math.round(quietMs / 1000)} s`;
  }
}
