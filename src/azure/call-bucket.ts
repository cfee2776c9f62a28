/** The size of a token bucket: how many calls at once, and how many come back each second. */
export interface BucketSize {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Held back of each bucket: calls arrive at Azure in another order than they were sent, and later. */
const RESERVE = 0.05;
/** How far Azure's count may be from what we think possible before ours is corrected, as a part of the capacity. */
const TOLERANCE = 0.02;
/** What is left of our rate after a 429 that nothing foretold, since others spend from the same bucket; and how much of it comes back each second. */
const SLOWER = 0.7;
const FASTER = 0.01;
/** It never gets slower than this part of the documented rate. */
const SLOWEST = 0.1;

/** What our count was when a call was paid, to be compared with Azure's in its answer. */
export interface Receipt {
  /** Left right after it. */
  readonly left: number;
  /** Calls that were paid then and may not have arrived. */
  readonly underWay: number;
  /** Calls paid so far, and corrections made. */
  readonly paid: number;
  readonly corrected: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Our copy of a token bucket that Azure keeps for us (azure-session-pools §5). It starts as documented, and Azure's answers correct it: but only by what
 * the calls under way cannot explain, which may have arrived in any order.
 */
export class CallBucket {
  readonly #share: number;
  readonly #documented: number;
  #perSecond: number;
  #capacity: number;
  #tokens: number;
  #at: number;
  #paid = 0;
  #underWay = 0;
  #corrected = 0;
  #closedUntil = -Infinity;

  /** @param share the part of Azure's bucket that is ours, over 0 to 1 @param now milliseconds since the epoch */
  constructor({ capacity, perSecond }: BucketSize, share: number, now: number) {
    this.#share = share;
    this.#documented = perSecond * share;
    this.#perSecond = this.#documented;
    this.#capacity = Math.max(1, capacity * share);
    this.#tokens = this.#capacity;
    this.#at = now;
  }

  /** Calls that come back each second, as documented. */
  get perSecond(): number {
    return this.#documented;
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

  /** Pays for a call; each must be answered for, or taken back. */
  pay(now: number): Receipt {
    this.#refill(now);
    this.#tokens -= 1;
    const receipt = {
      left: this.#tokens,
      underWay: this.#underWay,
      paid: this.#paid,
      corrected: this.#corrected,
      at: now,
    };
    this.#paid += 1;
    this.#underWay += 1;
    return receipt;
  }

  /** Takes a call back that was paid and not made. */
  refund(now: number): void {
    this.#underWay -= 1;
    // A pause has emptied the bucket, whoever had paid before.
    if (now < this.#closedUntil) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
  }

  /** A call has ended. @param remaining how many are left by Azure's count, if the answer says */
  answered(receipt: Receipt, remaining: number | undefined, now: number): void {
    this.#underWay -= 1;
    if (remaining === undefined || now < this.#closedUntil) return;
    this.#refill(now);
    const since = this.#corrected - receipt.corrected;
    // None of those before it may have arrived then, or all of those after it.
    const refilled = (Math.max(0, now - receipt.at) / 1000) * this.#documented;
    const most = receipt.left + since + receipt.underWay + refilled;
    const least = receipt.left + since - (this.#paid - receipt.paid - 1);
    const ours = remaining * this.#share;
    const tolerance = Math.max(1, this.#capacity * TOLERANCE);
    // After a pause the bucket is full, and everybody who was paused is back: nobody needs a burst then.
    const mayRise = this.#perSecond >= this.#documented;
    const difference = ours > most + tolerance && mayRise ? ours - most : ours < least - tolerance ? ours - least : 0;
    if (difference === 0) return;
    this.#corrected += difference;
    this.#capacity = Math.max(this.#capacity, ours);
    this.#tokens = Math.max(0, Math.min(this.#capacity, this.#tokens + difference));
  }

  /** Azure wants no call for so long; after that they come back one by one, without a burst, and at first slower. */
  close(now: number, ms: number): void {
    // Answers to calls that were under way together are one refusal.
    if (now >= this.#closedUntil) this.#perSecond = Math.max(this.#documented * SLOWEST, this.#rate(now) * SLOWER);
    this.#closedUntil = Math.max(this.#closedUntil, now + ms);
    this.#tokens = Math.min(this.#tokens, this.#reserve);
    this.#at = Math.max(this.#at, this.#closedUntil);
  }

  /** A bucket too small for it has no reserve. */
  get #reserve(): number {
    return this.#capacity < 2 ? 0 : this.#capacity * RESERVE;
  }

  #rate(now: number): number {
    const seconds = Math.max(0, now - this.#at) / 1000;
    return Math.min(this.#documented, this.#perSecond + seconds * FASTER * this.#documented);
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#perSecond = this.#rate(now);
    this.#at = now;
  }
}
