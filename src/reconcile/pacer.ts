/** Hands out turns at least `intervalMs` apart, one to each holder. */
export class Pacer {
  readonly #intervalMs: number;
  #lastTurn = Number.NEGATIVE_INFINITY;

  /** @param intervalMs in milliseconds */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * How long until the holder's turn, in milliseconds; 0 when it has come, and then it is used up.
   *
   * @param now milliseconds by our clock
   */
  waitFor(holder: { unverifiedTurn?: number }, now: number): number {
    if (holder.unverifiedTurn === undefined) {
      this.#lastTurn = Math.max(now, this.#lastTurn + this.#intervalMs);
      holder.unverifiedTurn = this.#lastTurn;
    }
    if (now < holder.unverifiedTurn) return holder.unverifiedTurn - now;
    delete holder.unverifiedTurn;
    return 0;
  }
}
