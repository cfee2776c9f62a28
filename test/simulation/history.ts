import type { Clock } from "../../src/time/clock.ts";

/** Longest time that is looked back, in milliseconds. */
const KEPT_MS = 300_000;

/** What was in Azure, as of just before each call: what a server says that is behind. */
export class History {
  readonly #clock: Clock;
  readonly #peek: () => readonly object[];
  #states: { readonly at: number; readonly text: string }[] = [];

  constructor(clock: Clock, peek: () => readonly object[]) {
    this.#clock = clock;
    this.#peek = peek;
  }

  /** Something is about to be done: remembers what there is. */
  note(): void {
    const at = this.#clock.now();
    const text = JSON.stringify(this.#peek());
    if (this.#states.at(-1)?.text !== text) this.#states.push({ at, text });
    while ((this.#states[1]?.at ?? Infinity) < at - KEPT_MS) this.#states.shift();
  }

  /** The pools as they were so long ago, in milliseconds. */
  ago(ms: number): readonly object[] {
    const then = this.#clock.now() - ms;
    return pools(this.#states.findLast(({ at }) => at <= then));
  }

  /** The pools as they were before the last so many changes. */
  before(changes: number): readonly object[] {
    return pools(this.#states.at(-1 - changes));
  }
}

function pools(state: { readonly text: string } | undefined): readonly object[] {
  return state ? (JSON.parse(state.text) as readonly object[]) : [];
}
