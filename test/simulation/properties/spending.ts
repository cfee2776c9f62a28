import type { Config } from "../../../src/config.ts";
import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import type { Call } from "../calls.ts";
import { kindOf } from "./retry-after.ts";

/** What Azure gives a principal in a subscription at once, and each second (azure-session-pools §5; of writes its answers say 800 at once). */
const LIMITS = { read: [250, 25], write: [800, 10], delete: [800, 10] } as const;

/** So many reads of one pool within this time, in milliseconds, are too many. */
const RESTLESS = 12;
const RESTLESS_MS = 10_000;

/** Watches that no process sends more than its share of what Azure takes: every call is paid for, and no more pools are worked on than may be. */
export class Spending {
  readonly #share: number;
  readonly #maxInFlightWrites: number;
  readonly #pools: () => readonly JsonObject[];
  /** The process that wrote first: the next does not know at once what that one has begun. */
  #writer: number | undefined;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  /** The last reads of each pool. */
  readonly #reads = new Map<string, number[]>();

  /** @param pools those in Azure */
  constructor(
    { armBudgetShare, maxInFlightWrites }: Pick<Config, "armBudgetShare" | "maxInFlightWrites">,
    pools: () => readonly JsonObject[],
  ) {
    this.#share = armBudgetShare;
    this.#maxInFlightWrites = maxInFlightWrites;
    this.#pools = pools;
  }

  /** What a call breaks by being sent now. */
  problem(call: Call): string | undefined {
    if (call.side !== "azure") return undefined;
    return this.#restless(call) ?? this.#unpaid(call) ?? this.#crowded(call);
  }

  #crowded(call: Call): string | undefined {
    if (call.name !== "PUT pool" || this.#maxInFlightWrites === Infinity) return undefined;
    this.#writer ??= call.process;
    const others = this.#pools().filter(
      ({ name, properties }) => name !== call.about && objectOr(properties).provisioningState === "InProgress",
    );
    return call.process === this.#writer && others.length >= this.#maxInFlightWrites
      ? `${call.name} ${call.about} is sent while Azure works on ${others.length} others, and ${this.#maxInFlightWrites} are allowed`
      : undefined;
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
