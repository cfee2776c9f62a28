/** The size of a token bucket: how many calls at once, and how many come back each second. */
export interface BucketSize {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Held back of each bucket: calls arrive at Azure in another order than they were sent, and later. */
const RESERVE = 0.05;
/** How far Azure's count may be from ours before ours is corrected, as a part of the capacity: calls on their way make both uncertain. */
const TOLERANCE = 0.1;

/** What the bucket held by our count right after a call was paid, to be compared with what Azure says in its answer. */
export interface Receipt {
  readonly left: number;
  /** Corrections made so far. */
  readonly corrected: number;
}

/**
 * Our copy of a token bucket that Azure keeps for us (azure-session-pools §5). It starts as documented; Azure's answers correct it, each
 * difference once, however many calls are on their way.
 */
export class CallBucket {
  readonly #share: number;
  readonly #perSecond: number;
  #capacity: number;
  #tokens: number;
  #at: number;
  #corrected = 0;
  #closedUntil = -Infinity;

  /** @param share the part of Azure's bucket that is ours, over 0 to 1 @param now milliseconds since the epoch */
  constructor({ capacity, perSecond }: BucketSize, share: number, now: number) {
    this.#share = share;
    this.#perSecond = perSecond * share;
    this.#capacity = Math.max(1, capacity * share);
    this.#tokens = this.#capacity;
    this.#at = now;
  }

  /** Calls that come back each second. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Until when Azure wants no call, in milliseconds since the epoch. */
  get closedUntil(): number {
    return this.#closedUntil;
  }

  /** Calls that may be made now. */
  available(now: number): number {
    if (now < this.#closedUntil) return 0;
    this.#refill(now);
    return Math.max(0, this.#tokens - this.#reserve);
  }

  /** How long until a call may be made, in milliseconds. */
  waitMs(now: number): number {
    this.#refill(now);
    const missing = 1 + this.#reserve - this.#tokens;
    const refilled = missing <= 0 ? 0 : Math.ceil((missing / this.#perSecond) * 1000);
    return now < this.#closedUntil ? this.#closedUntil - now + refilled : refilled;
  }

  /** Pays for a call. */
  pay(now: number): Receipt {
    this.#refill(now);
    this.#tokens -= 1;
    return { left: this.#tokens, corrected: this.#corrected };
  }

  /** Takes a call back that was paid and not made. */
  refund(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
  }

  /** Takes in how many calls are left by Azure's count, as an answer says. */
  follow(remaining: number, receipt: Receipt, now: number): void {
    if (now < this.#closedUntil) return;
    this.#refill(now);
    const expected = receipt.left + this.#corrected - receipt.corrected;
    const difference = remaining * this.#share - expected;
    if (Math.abs(difference) <= Math.max(1, this.#capacity * TOLERANCE)) return;
    this.#corrected += difference;
    this.#capacity = Math.max(this.#capacity, remaining * this.#share);
    this.#tokens = Math.max(0, Math.min(this.#capacity, this.#tokens + difference));
  }

  /** Azure wants no call for so long; after that they come back one by one, without a burst. */
  close(now: number, ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, now + ms);
    this.#tokens = Math.min(this.#tokens, this.#reserve);
    this.#at = this.#closedUntil;
  }

  /** A bucket too small for it has no reserve. */
  get #reserve(): number {
    return this.#capacity < 2 ? 0 : this.#capacity * RESERVE;
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
  }
}
