import type { Clock } from "../time/clock.ts";
import { ArmError } from "./errors.ts";

/** ARM counts reads, writes and deletes apart, for each subscription and principal (azure-session-pools §5). */
export type CallKind = "read" | "write" | "delete";

/** How long to stay away after a 429 that names no time, in milliseconds. */
const DEFAULT_WAIT_MS = 10_000;

/** Remembers what Azure's 429 asked for, so that no key sends before its time what another key was refused. */
export class Throttle {
  readonly #clock: Clock;
  readonly #closedUntil = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws ArmError `throttled`, without a request, while the time has not come */
  check(kind: CallKind, subscriptionId: string): void {
    const waitMs = (this.#closedUntil.get(`${kind}/${subscriptionId}`) ?? 0) - this.#clock.now();
    if (waitMs > 0) {
      throw new ArmError(
        "throttled",
        429,
        "TooManyRequests",
        `Azure asked for a pause of all ${kind}s in this subscription`,
        waitMs,
      );
    }
  }

  /**
   * Notes a 429: no call of this kind in this subscription for `ms` milliseconds. Of the answers to calls that were under way together the
   * longest pause counts.
   */
  closeFor(kind: CallKind, subscriptionId: string, ms: number | undefined): void {
    const key = `${kind}/${subscriptionId}`;
    const until = this.#clock.now() + (ms ?? DEFAULT_WAIT_MS);
    this.#closedUntil.set(key, Math.max(until, this.#closedUntil.get(key) ?? 0));
  }
}
