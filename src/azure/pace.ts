/** Quick rounds are at least this far apart, in milliseconds. */
const QUICK_MS = 2_000;
/** The part of the reads that comes back each second that quick rounds use: all the time, and while operations are ending. */
const STEADY = 0.3;
const ENDING = 0.8;
/** Operations are ending when of those under way such a part ended within about so long, in milliseconds. */
const ENDING_PART = 0.005;
const ENDING_MS = 30_000;
/** On the average, observing uses at most this part of the reads. */
const SHARE = 0.48;
/** How much of it can be saved up, in seconds. */
const SAVED_SECONDS = 600;

/** Up to so many operations are always followed one by one. */
const FEW = 10;
/** How soon Azure wants the URL of an operation to be asked again, as a rule, in milliseconds. */
const RETRY_AFTER_MS = 15_000;

/**
 * How soon the next LIST begins while Azure works on many pools. Operations take minutes and then end side by side, so what is not used while nothing
 * ends is spent when they do.
 */
export class Pace {
  readonly #perSecond: () => number;
  #saved = 0;
  #at: number;
  /** Operations that ended, each counting less as time goes by. */
  #ends = 0;
  #endsAt: number;

  /** @param perSecond reads that come back each second @param now milliseconds by our clock */
  constructor(perSecond: () => number, now: number) {
    this.#perSecond = perSecond;
    this.#at = now;
    this.#endsAt = now;
  }

  /** An operation was seen to have ended. */
  ended(now: number): void {
    this.#ends = this.#recentEnds(now) + 1;
    this.#endsAt = now;
  }

  /** A page was read. */
  read(now: number): void {
    this.#save(now);
    this.#saved = Math.max(0, this.#saved - 1);
  }

  /** How far apart LISTs of so many pages begin, in milliseconds, while Azure works on so many pools. */
  periodMs(working: number, pages: number, now: number): number {
    this.#save(now);
    const isEnding = this.#recentEnds(now) >= working * ENDING_PART && this.#saved >= pages;
    return Math.max(QUICK_MS, (pages / (this.#perSecond() * (isEnding ? ENDING : STEADY))) * 1000);
  }

  /**
   * Whether LISTs show the ends of operations sooner than asking each by its URL, which Azure wants every 15 s at most (azure-session-pools §3), and
   * which costs a read for each.
   *
   * @param isListed whether LISTs follow them now: then so many remain few
   */
  prefersLists(working: number, pages: number, isListed: boolean): boolean {
    if (working <= (isListed ? FEW / 2 : FEW)) return false;
    const perSecond = this.#perSecond();
    const urlsMs = Math.max(RETRY_AFTER_MS, (working / (perSecond * SHARE)) * 1000);
    return (pages / (perSecond * STEADY)) * 1000 < (isListed ? 2 : 1) * urlsMs;
  }

  #recentEnds(now: number): number {
    return this.#ends * Math.exp((this.#endsAt - now) / ENDING_MS);
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

  /** @param now milliseconds by our clock */
  constructor(now: number) {
    this.#since = now;
    this.#until = now;
  }

  /** Milliseconds by our clock. */
  get until(): number {
    return this.#until;
  }

  /** A new pool was named. */
  came(now: number): void {
    if (now > this.#until + GATHER_MS) this.#since = now;
    this.#until = Math.min(now + GATHER_MS, this.#since + MAX_GATHER_MS);
  }
}
