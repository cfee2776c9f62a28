import type { Clock } from "./clock.ts";

/** What happened lately, by key: what was noted too long ago is forgotten, and of too many the oldest. So it takes no more memory than what counts. */
export class Recent<T> {
  /** The one noted last is last. */
  readonly #entries = new Map<string, { readonly value: T; readonly at: number }>();
  readonly #clock: Pick<Clock, "now">;
  readonly #keepMs: number;
  readonly #most: number;

  /**
   * @param clock one that is never set
   * @param keepMs for how long an entry counts, in milliseconds
   * @param most how many there are at most
   */
  constructor(clock: Pick<Clock, "now">, { keepMs, most }: { readonly keepMs: number; readonly most: number }) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#most = most;
  }

  /** How many are held, of which some may count no more. */
  get size(): number {
    return this.#entries.size;
  }

  /** What was noted last, while it counts. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#counts(entry) ? entry.value : undefined;
  }

  note(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: this.#clock.now() });
    for (const [oldest, entry] of this.#entries) {
      if (this.#counts(entry) && this.#entries.size <= this.#most) break;
      this.#entries.delete(oldest);
    }
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  #counts({ at }: { readonly at: number }): boolean {
    return this.#clock.now() - at < this.#keepMs;
  }
}
