/** Quick rounds are at least this far apart, in milliseconds. */
const QUICK_MS = 2_000;
/** The part of the reads that comes back each second that quick rounds use: all the time, and while operations are ending. */
const STEADY = 0.36;
const ENDING = 0.9;
/** How long after an operation was seen to end others are expected to, in milliseconds. */
const ENDING_MS = 30_000;
/** On the average, observing uses at most this part of the reads. */
const SHARE = 0.5;
/** How much of it can be saved up, in seconds. */
const SAVED_SECONDS = 600;

/**
 * How soon the next LIST begins while Azure works on many pools. Operations take minutes and then end side by side, so what is not used while nothing
 * ends is spent when they do.
 */
export class Pace {
  readonly #perSecond: () => number;
  #saved = 0;
  #at: number;
  #lastEnd = -Infinity;

  /** @param perSecond reads that come back each second @param now milliseconds since the epoch */
  constructor(perSecond: () => number, now: number) {
    this.#perSecond = perSecond;
    this.#at = now;
  }

  /** An operation was seen to have ended. */
  ended(now: number): void {
    this.#lastEnd = now;
  }

  /** A page was read. */
  read(now: number): void {
    this.#save(now);
    this.#saved = Math.max(0, this.#saved - 1);
  }

  /** How far apart LISTs of so many pages begin, in milliseconds. */
  periodMs(pages: number, now: number): number {
    this.#save(now);
    const isEnding = now - this.#lastEnd < ENDING_MS && this.#saved >= pages;
    return Math.max(QUICK_MS, (pages / (this.#perSecond() * (isEnding ? ENDING : STEADY))) * 1000);
  }

  #save(now: number): void {
    const rate = this.#perSecond() * SHARE;
    this.#saved = Math.min(rate * SAVED_SECONDS, this.#saved + (Math.max(0, now - this.#at) / 1000) * rate);
    this.#at = now;
  }
}

/** The first LIST begins when no new pool was named for so long, so that it is known which scope is best, in milliseconds. */
const GATHER_MS = 250;
/** It begins so long after the first in any case, in milliseconds. */
const MAX_GATHER_MS = 2_000;

/** When as many pools as are named together have been named. */
export class Gathering {
  #since: number;
  #until: number;

  /** @param now milliseconds since the epoch */
  constructor(now: number) {
    this.#since = now;
    this.#until = now;
  }

  /** Milliseconds since the epoch. */
  get until(): number {
    return this.#until;
  }

  /** A new pool was named. */
  came(now: number): void {
    if (now > this.#until + GATHER_MS) this.#since = now;
    this.#until = Math.min(now + GATHER_MS, this.#since + MAX_GATHER_MS);
  }
}
