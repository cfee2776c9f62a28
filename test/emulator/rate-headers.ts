import type { Clock } from "./clock.ts";

/** Header and capacity of each count, as recorded in 2025 (azure-session-pools §3.1); nothing is refused when a count reaches 0. */
const COUNTS: Readonly<Record<string, readonly (readonly [header: string, capacity: number])[]>> = {
  GET: [["x-ms-ratelimit-remaining-subscription-global-reads", 16_500]],
  PUT: [["x-ms-ratelimit-remaining-subscription-resource-requests", 800]],
  PATCH: [["x-ms-ratelimit-remaining-subscription-resource-requests", 800]],
  DELETE: [
    ["x-ms-ratelimit-remaining-subscription-deletes", 800],
    ["x-ms-ratelimit-remaining-subscription-global-deletes", 12_000],
  ],
};
/** Calls that come back each second (azure-session-pools §5: writes and deletes 10, reads 25). */
const REFILL: Readonly<Record<string, number>> = { GET: 25, PUT: 10, PATCH: 10, DELETE: 10 };

/** The `x-ms-ratelimit-remaining-*` headers, counting down with calls and up with time. */
export class RateHeaders {
  readonly #clock: Clock;
  readonly #used = new Map<string, { used: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(method: string, subscription: string): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [header, capacity] of COUNTS[method] ?? []) {
      const key = `${subscription}/${header}`;
      const now = this.#clock();
      const before = this.#used.get(key) ?? { used: 0, at: now };
      const used = Math.max(0, before.used - ((now - before.at) / 1000) * (REFILL[method] ?? 0)) + 1;
      this.#used.set(key, { used, at: now });
      headers[header] = String(Math.max(0, Math.floor(capacity - used)));
    }
    return headers;
  }
}
