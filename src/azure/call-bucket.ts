/** The size of a token bucket: how many calls at once, and how many come back each second. */
export interface BucketSize {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Held back of each bucket for calls that are not ours. */
const RESERVE = 0.05;
/** The part of the calls that come back which is counted on while others take some; what they leave is seen in answers. */
const CAUTION = 0.5;
/** How long it is minded that others take some, in milliseconds. */
const MINDED_MS = 600_000;

/** How long after a pause Azure's count gives no burst, in milliseconds. */
const RECOVERY_MS = 60_000;

/** A call that was paid for: what its answer can tell depends on what happened meanwhile. */
export interface Receipt {
  /** Milliseconds by our clock. */
  readonly paidAt: number;
  /** How many calls had come to their end then: those were counted by Azure before this one. */
  readonly ended: number;
}

/**
 * Our copy of a token bucket that Azure keeps for us (azure-session-pools §5). It starts as documented. An answer says what Azure had left at some
 * moment while its call was on its way, and other calls were, too: so it gives the least and the most that can be left now, and ours is corrected
 * only when it is outside of them.
 */
export class CallBucket {
  readonly #share: number;
  readonly #perSecond: number;
  #capacity: number;
  #tokens: number;
  #at: number;
  #paid = 0;
  #ended = 0;
  #closedUntil = -Infinity;
  /** Until when the calls that a pause has held back come back one by one. */
  #pausedUntil = -Infinity;
  #cautionUntil = -Infinity;
  /** Whether answers say what is left. */
  #isTold = false;

  /** @param share the part of Azure's bucket that is ours, over 0 to 1 @param now milliseconds by our clock */
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

  /** Until when Azure wants no call, in milliseconds by our clock. */
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
    const refilled = missing <= 0 ? 0 : Math.ceil((missing / this.#rate(now)) * 1000);
    return now < this.#closedUntil ? this.#closedUntil - now + refilled : refilled;
  }

  /** Pays for a call. */
  pay(now: number): Receipt {
    this.#refill(now);
    this.#tokens -= 1;
    this.#paid += 1;
    return { paidAt: now, ended: this.#ended };
  }

  /** Takes a call back that was paid and not made. */
  refund(): void {
    this.#paid -= 1;
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
  }

  /** A call that was paid came to its end, with or without an answer. */
  end(): void {
    this.#ended += 1;
  }

  /** Takes in how many calls were left by Azure's count, as an answer says. */
  follow(remaining: number, { paidAt, ended }: Receipt, now: number): void {
    if (now < this.#closedUntil) return;
    this.#isTold = true;
    this.#refill(now);
    const ours = remaining * this.#share;
    // Every other call that was on its way with this one may be missing in Azure's count.
    const least = ours - (this.#paid - ended - 1);
    const most = ours + ((now - paidAt) / 1000) * this.#perSecond;
    const more = Math.max(0, ours - this.#capacity);
    this.#capacity += more;
    // What other processes leave of their shares is theirs; only a larger bucket is a larger share.
    if (this.#share < 1) this.#tokens += more;
    // After a pause Azure's is full, and everybody who was paused is back: a burst would bring the next.
    else if (now >= this.#pausedUntil) this.#tokens = Math.max(this.#tokens, least);
    if (this.#tokens <= most) return;
    this.#tokens = most;
    this.#cautionUntil = now + MINDED_MS;
  }

  /** Azure wants no call for so long; after that they come back one by one, without a burst. */
  close(now: number, ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, now + ms);
    this.#tokens = Math.min(this.#tokens, this.#reserve);
    this.#at = this.#closedUntil;
    this.#cautionUntil = this.#closedUntil + MINDED_MS;
    this.#pausedUntil = this.#closedUntil + RECOVERY_MS;
  }

  /** A bucket too small for it has no reserve. */
  get #reserve(): number {
    return this.#capacity < 2 ? 0 : this.#capacity * RESERVE;
  }

  /** Calls that are counted on to come back each second. What is left of a share is not seen in answers, and not given to others. */
  #rate(now: number): number {
    const isSeen = this.#isTold && this.#share === 1;
    return isSeen && now < this.#cautionUntil ? this.#perSecond * CAUTION : this.#perSecond;
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    // Azure's does not fill over its edge, either: what is on its way there is still to be taken from it.
    const edge = Math.max(this.#tokens, this.#capacity - Math.max(0, this.#paid - this.#ended - 1));
    this.#tokens = Math.min(edge, this.#tokens + ((now - this.#at) / 1000) * this.#rate(now));
    this.#at = now;
  }
}
