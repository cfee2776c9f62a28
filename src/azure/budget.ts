import type { Clock } from "../time/clock.ts";
import { type BucketSize, CallBucket, type Receipt } from "./call-bucket.ts";
import { ArmError } from "./errors.ts";
import { type Headers, remainingOf } from "./remaining-calls.ts";
import { type Turn, WaitingLine } from "./waiting-line.ts";

/** ARM counts reads, writes and deletes apart, for each subscription and principal (azure-session-pools §5). */
export type CallKind = "read" | "write" | "delete";

/** The limits as documented (azure-session-pools §5); Azure's answers correct them. */
const DOCUMENTED: Readonly<Record<CallKind, BucketSize>> = {
  read: { capacity: 250, perSecond: 25 },
  write: { capacity: 200, perSecond: 10 },
  delete: { capacity: 200, perSecond: 10 },
};

/** How long to stay away after a 429 that names no time, in milliseconds. */
const DEFAULT_WAIT_MS = 10_000;

/** How long Azure works on a pool at least, in milliseconds: so long a slot may be taken. */
const OPERATION_MS = 60_000;

/** How long it is kept what is left of a subscription that nobody asks of, in milliseconds: its buckets are full long before. */
const KEPT_MS = 2 * 3_600_000;

/** Turns are given as soon as there is room: a line that has stood for so long nevertheless, in milliseconds, is forgotten. */
const STUCK_MS = 60_000;

/** A call whose turn has not come. Who asked is woken when it has; a worker is not held meanwhile. */
export class TurnPending extends Error {
  override readonly name = "TurnPending";
  /** Whether Azure itself asked for a pause. */
  readonly isPaused: boolean;
  /** How long it may take at least, in milliseconds. */
  readonly waitMs: number;
  /** When to ask again, in milliseconds; undefined: who asked is woken. */
  readonly againMs: number | undefined;

  constructor(kind: CallKind, isPaused: boolean, waitMs: number, againMs?: number) {
    super(`the turn of this ${kind} has not come`);
    this.isPaused = isPaused;
    this.waitMs = waitMs;
    this.againMs = againMs;
  }
}

/** Limits what may be written at the same time. */
export interface WriteSlots {
  /** Takes a slot, or says that there is none; who has one keeps it. */
  take(key: string): boolean;
  /** Gives it up. */
  free(key: string): void;
  /** Whether there is none. */
  readonly isFull: boolean;
}

export interface BudgetOptions {
  readonly clock: Clock;
  /** The part of Azure's limits that this process may use, over 0 to 1. */
  readonly share?: number;
  /** For PUTs; as many as Azure takes when left out. */
  readonly slots?: WriteSlots | undefined;
  /** Told how long somebody has waited for a turn, in milliseconds; 0 when it came at once. */
  readonly onWaited?: ((kind: CallKind, ms: number) => void) | undefined;
  /** Told when somebody begins to wait; what it returns is called at the end of the wait. */
  readonly onWait?: ((kind: CallKind, subscriptionId: string) => () => void) | undefined;
}

/** What is left of a bucket. */
export interface BudgetLeft {
  readonly subscription: string;
  readonly kind: CallKind;
  readonly remaining: number;
}

interface Line {
  readonly kind: CallKind;
  readonly subscriptionId: string;
  readonly bucket: CallBucket;
  readonly waiting: WaitingLine;
  /** Turns that have come and are not used yet. */
  readonly granted: Map<string, Receipt>;
  cancel?: () => void;
  /** Milliseconds by our clock. */
  usedAt: number;
  /** When the last turn was given. */
  servedAt: number;
}

/**
 * What one principal may ask of Azure: a bucket and a line for each subscription and kind of call. It never sleeps: who has no turn yet gets a
 * {@link TurnPending}, and is woken with the turn in hand.
 */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #lines = new Map<string, Line>();
  /** How often somebody waited by {@link Budget.wait}. */
  #waits = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /**
   * Pays for a call that is made now.
   *
   * @param turn who asks; absent: somebody who waits for nobody, and is only refused while Azure wants a pause
   * @throws TurnPending when the turn has not come
   * @throws ArmError `throttled`, without a turn
   */
  take(kind: CallKind, subscriptionId: string, turn?: Turn): Receipt {
    const line = this.#line(kind, subscriptionId);
    if (!turn) return this.#payAtOnce(line);
    this.reserve(kind, subscriptionId, turn);
    const receipt = line.granted.get(turn.key);
    line.granted.delete(turn.key);
    return receipt ?? line.bucket.pay(this.#options.clock.now());
  }

  /** Makes sure of a call that is made later in the same work, or gives a place in the line. @throws TurnPending */
  reserve(kind: CallKind, subscriptionId: string, turn: Turn): void {
    const line = this.#line(kind, subscriptionId);
    if (line.granted.has(turn.key)) return;
    const now = this.#options.clock.now();
    const isPaused = now < line.bucket.closedUntil;
    if (!line.waiting.isAhead(turn.rank) && line.bucket.available(now) >= 1 && this.#hasSlot(line, turn.key)) {
      line.waiting.remove(turn.key);
      line.granted.set(turn.key, line.bucket.pay(now));
      this.#options.onWaited?.(kind, 0);
      return;
    }
    // Who waits has no slot: he could stand behind somebody who waits for one.
    if (kind === "write") this.#options.slots?.free(turn.key);
    line.waiting.add(turn, now);
    this.#schedule(line);
    const queued = (line.waiting.size / line.bucket.perSecond) * 1000;
    const isSlotless = kind === "write" && this.#options.slots?.isFull === true;
    throw new TurnPending(kind, isPaused, Math.max(line.bucket.waitMs(now) + queued, isSlotless ? OPERATION_MS : 0));
  }

  /** Waits for a turn and pays for the call; for work that is not a worker's. @throws the signal's reason */
  async wait(kind: CallKind, subscriptionId: string, turn: Omit<Turn, "wake">, signal: AbortSignal): Promise<Receipt> {
    // Two credentials of one principal LIST side by side: each has a place of its own, or only one of them would be woken.
    this.#waits += 1;
    const key = `${turn.key}#${this.#waits}`;
    for (;;) {
      signal.throwIfAborted();
      const woken = Promise.withResolvers<void>();
      const stop = (): void => woken.resolve();
      try {
        return this.take(kind, subscriptionId, { ...turn, key, wake: woken.resolve });
      } catch (error) {
        if (!(error instanceof TurnPending)) throw error;
        signal.addEventListener("abort", stop, { once: true });
        await woken.promise;
        signal.removeEventListener("abort", stop);
        if (signal.aborted) this.giveBack(key);
      }
    }
  }

  /** What somebody has reserved and not used is somebody else's again, and so is the place in a line. */
  giveBack(key: string): void {
    for (const line of this.#lines.values()) {
      line.waiting.remove(key);
      if (line.granted.delete(key)) line.bucket.refund();
      this.#schedule(line);
    }
  }

  /** A slot for a write has become free. */
  onSlot(): void {
    for (const line of this.#lines.values()) if (line.kind === "write") this.#schedule(line);
  }

  /** A call that was paid came to its end; takes in Azure's count from the headers of its answer, none when none came. */
  follow(kind: CallKind, subscriptionId: string, headers: Headers, receipt: Receipt): void {
    const line = this.#line(kind, subscriptionId);
    line.bucket.end();
    const { own, above } = remainingOf(kind, headers);
    const now = this.#options.clock.now();
    if (own !== undefined) line.bucket.follow(own, receipt, now);
    // The count of a whole subscription, which all principals share, may be less than what is ours, but gives nobody more.
    if (above !== undefined && above < line.bucket.available(now)) line.bucket.follow(above, receipt, now);
    this.#schedule(line);
  }

  /**
   * Notes a 429: no call of this kind in this subscription for `ms` milliseconds. Of the answers to calls that were under way together the
   * longest pause counts.
   */
  closeFor(kind: CallKind, subscriptionId: string, ms: number | undefined): void {
    const line = this.#line(kind, subscriptionId);
    // Turns that have come and are not used yet count for nothing now.
    for (const key of line.granted.keys()) if (line.granted.delete(key)) line.bucket.refund();
    line.bucket.close(this.#options.clock.now(), ms ?? DEFAULT_WAIT_MS);
    this.#schedule(line);
  }

  /** Calls of a kind that come back each second. */
  perSecond(kind: CallKind, subscriptionId: string): number {
    return this.#line(kind, subscriptionId).bucket.perSecond;
  }

  /** What is left, of each subscription that was called. */
  left(): readonly BudgetLeft[] {
    const now = this.#options.clock.now();
    this.#forget(now);
    return [...this.#lines.values()].map(({ kind, subscriptionId: subscription, bucket }) => ({
      kind,
      subscription,
      remaining: Math.floor(bucket.available(now)),
    }));
  }

  /** Why calls wait for nothing: there is room, and no turn was given for long. Undefined while all moves; a pause that Azure asked for is none of ours. */
  stuck(): string | undefined {
    const { clock, slots } = this.#options;
    const now = clock.now();
    for (const { kind, subscriptionId, bucket, waiting, servedAt } of this.#lines.values()) {
      const first = waiting.first();
      if (!first || bucket.available(now) < 1 || (kind === "write" && slots?.isFull === true)) continue;
      const idleMs = now - Math.max(first.since, bucket.closedUntil, servedAt);
      if (idleMs > STUCK_MS)
        return `a ${kind} in subscription ${subscriptionId} has waited for its turn for ${Math.round(idleMs / 1000)} s, although it may be made`;
    }
    return undefined;
  }

  #payAtOnce({ kind, bucket }: Line): Receipt {
    const now = this.#options.clock.now();
    const waitMs = bucket.closedUntil - now;
    const why = `Azure asked for a pause of all ${kind}s in this subscription`;
    if (waitMs > 0) throw new ArmError("throttled", 429, "TooManyRequests", why, waitMs);
    return bucket.pay(now);
  }

  #line(kind: CallKind, subscriptionId: string): Line {
    const id = `${kind}/${subscriptionId.toLowerCase()}`;
    const now = this.#options.clock.now();
    const known = this.#lines.get(id);
    if (known) {
      known.usedAt = now;
      return known;
    }
    this.#forget(now);
    const bucket = new CallBucket(DOCUMENTED[kind], this.#options.share ?? 1, now);
    const { onWait } = this.#options;
    const waiting = new WaitingLine(onWait && (() => onWait(kind, subscriptionId)));
    const granted = new Map<string, Receipt>();
    const line: Line = { kind, subscriptionId, bucket, waiting, granted, usedAt: now, servedAt: now };
    this.#lines.set(id, line);
    return line;
  }

  /** Subscriptions that nobody calls any more. */
  #forget(now: number): void {
    for (const [id, { usedAt, bucket, waiting, granted }] of this.#lines)
      if (now - Math.max(usedAt, bucket.closedUntil) > KEPT_MS && waiting.size + granted.size === 0)
        this.#lines.delete(id);
  }

  #hasSlot({ kind }: Line, key: string): boolean {
    return kind !== "write" || this.#options.slots === undefined || this.#options.slots.take(key);
  }

  /** Gives the turns that have come, and looks again when the next may. */
  #schedule(line: Line): void {
    line.cancel?.();
    delete line.cancel;
    const { clock, onWaited } = this.#options;
    const now = clock.now();
    const woken: (() => void)[] = [];
    for (;;) {
      const first = line.waiting.first();
      if (!first) break;
      if (line.bucket.available(now) < 1) {
        line.cancel = clock.timer(Math.max(1, line.bucket.waitMs(now)), () => this.#schedule(line));
        break;
      }
      // Without a slot the line stands until one is free.
      if (!this.#hasSlot(line, first.key)) break;
      line.waiting.shift();
      line.granted.set(first.key, line.bucket.pay(now));
      line.servedAt = now;
      onWaited?.(line.kind, now - first.since);
      woken.push(first.wake);
    }
    for (const wake of woken) wake();
  }
}
