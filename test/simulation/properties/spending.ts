import type { Call } from "../calls.ts";
import { kindOf } from "./retry-after.ts";

/** What Azure gives a principal in a subscription at once, and each second (azure-session-pools §5; of writes its answers say 800 at once). */
const LIMITS = { read: [250, 25], write: [800, 10], delete: [800, 10] } as const;

/** So many reads of one pool within this time, in milliseconds, are too many. */
const RESTLESS = 12;
const RESTLESS_MS = 10_000;

/** Watches that no process sends more than its share of what Azure takes: every call is paid for. */
export class Spending {
  readonly #share: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  /** The last reads of each pool. */
  readonly #reads = new Map<string, number[]>();

  /** @param share the part of Azure's limits that a process may use, over 0 to 1 */
  constructor(share: number) {
    this.#share = share;
  }

  /** What a call breaks by being sent now. */
  problem(call: Call): string | undefined {
    if (call.side !== "azure") return undefined;
    return this.#restless(call) ?? this.#unpaid(call);
  }

  /** A pool is not read over and over. */
  #restless(call: Call): string | undefined {
    if (call.name !== "GET pool") return undefined;
    const key = `${call.process} ${call.path}`;
    const reads = [...(this.#reads.get(key) ?? []), call.at].filter((at) => at > call.at - RESTLESS_MS);
    this.#reads.set(key, reads);
    return reads.length > RESTLESS
      ? `${call.name} ${call.about} for the ${reads.length}th time within 10 s`
      : undefined;
  }

  #unpaid(call: Call): string | undefined {
    const kind = kindOf(call);
    const [burst, perSecond] = LIMITS[kind];
    const capacity = Math.max(1, burst * this.#share);
    const key = `${call.process} ${call.principal} ${kind}`;
    const before = this.#buckets.get(key) ?? { left: capacity, at: call.at };
    const refilled = ((call.at - before.at) / 1000) * perSecond * this.#share;
    const left = Math.min(capacity, before.left + refilled) - 1;
    this.#buckets.set(key, { left, at: call.at });
    // One more may be under way that was paid when the bucket was full.
    return left < -1
      ? `${call.name} is sent, and the ${kind}s of this principal are spent (${left.toFixed(1)} left)`
      : undefined;
  }
}
