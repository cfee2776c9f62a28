import { Budget } from "../../../src/azure/budget.ts";
import type { BucketSize, Receipt } from "../../../src/azure/call-bucket.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { numbers } from "../../time/numbers.ts";

/** The limits of writes as documented (azure-session-pools §5). */
export const DOCUMENTED: BucketSize = { capacity: 200, perSecond: 10 };

interface Load {
  /** Decides how long each call takes. */
  readonly seed: number;
  /** Azure's own limits; as documented when left out. */
  readonly size?: BucketSize;
  /** How long a call takes there and back at most, in milliseconds. */
  readonly latencyMs: number;
  /** Calls that each process wants to make at once. */
  readonly calls: number;
  /** Processes of one principal; 1 when left out. */
  readonly processes?: number;
  /** The part of the limits that each may use; an equal one when left out. */
  readonly share?: number;
  /** Calls a second that somebody else makes with the same principal; none when left out. */
  readonly others?: number;
}

interface Done {
  /** Calls of ours that Azure refused. */
  readonly refused: number;
  /** Pauses that Azure asked for: refused calls that were not on their way together. */
  readonly pauses: number;
  /** When the last call was taken by Azure, in seconds. */
  readonly seconds: number;
}

/** Azure's bucket as documented: a call that finds no token is refused. */
class AzureBucket {
  readonly #clock: FakeClock;
  readonly #size: BucketSize;
  #tokens: number;
  #at: number;

  constructor(clock: FakeClock, size: BucketSize) {
    this.#clock = clock;
    this.#size = size;
    this.#tokens = size.capacity;
    this.#at = clock.now();
  }

  /** @returns how many calls are left; undefined: it is refused */
  call(): number | undefined {
    const now = this.#clock.now();
    const { capacity, perSecond } = this.#size;
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#tokens < 1) return undefined;
    this.#tokens -= 1;
    return Math.floor(this.#tokens);
  }
}

const RETRY_AFTER_MS = 10_000;

/** Many calls at once, through budgets, to Azure's bucket, over a network with random latencies. */
export async function load({
  seed,
  size = DOCUMENTED,
  latencyMs,
  calls,
  processes = 1,
  share = 1 / processes,
  others = 0,
}: Load): Promise<Done> {
  const clock = new FakeClock();
  const random = numbers(seed);
  const azure = new AzureBucket(clock, size);
  const total = calls * processes;
  let taken = 0;
  let refused = 0;
  let pauses = 0;
  let pausedAt = -Infinity;
  let lastAt = 0;
  const travel = (then: () => void): void => void clock.timer((random() * latencyMs) / 2, then);
  const arrive = (budget: Budget, receipt: Receipt, again: () => void): void => {
    const left = azure.call();
    if (left === undefined) {
      refused += 1;
      if (clock.now() - pausedAt > latencyMs + RETRY_AFTER_MS) pauses += 1;
      pausedAt = clock.now();
    } else {
      taken += 1;
      lastAt = clock.now();
    }
    travel(() => {
      const headers = { "x-ms-ratelimit-remaining-subscription-writes": String(left ?? 0) };
      budget.follow("write", "sub", headers, receipt);
      if (left !== undefined) return;
      budget.closeFor("write", "sub", RETRY_AFTER_MS);
      again();
    });
  };
  for (let process = 0; process < processes; process += 1) {
    const budget = new Budget({ clock, share });
    for (let index = 0; index < calls; index += 1) {
      const key = `${process}/${index}`;
      const attempt = (): void => {
        let receipt: Receipt;
        try {
          receipt = budget.take("write", "sub", { key, flow: "team", rank: 1, wake: attempt });
        } catch {
          return;
        }
        travel(() => arrive(budget, receipt, attempt));
      };
      attempt();
    }
  }
  const other = (): void => {
    azure.call();
    if (taken < total) clock.timer(1000 / others, other);
  };
  if (others > 0) clock.timer(1000 / others, other);
  await clock.advance(3_600_000, () => taken >= total);
  return { refused, pauses, seconds: lastAt / 1000 };
}
