import type { ArmClient, PoolAddress } from "./arm-client.ts";
import { Lately } from "./lately.ts";
import { type Look, type ObserverOptions, PoolObserver } from "./observer.ts";
import type { ObserverReport } from "./rounds.ts";
import type { Seen } from "./sightings.ts";

export interface ObserversOptions extends ObserverOptions {
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** An observer for each credential and subscription, and which of them sees the pool of a key. */
export class Observers {
  readonly #options: ObserversOptions;
  readonly #lately = new Lately();
  readonly #byClient = new Map<ArmClient, Map<string, PoolObserver>>();
  readonly #byKey = new Map<
    string,
    { readonly arm: ArmClient; readonly id: string; readonly observer: PoolObserver }
  >();

  constructor(options: ObserversOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#all().forEach((observer) => observer.stop()), { once: true });
  }

  /** A key wants to know of a pool, through a credential. @param maxAgeMs how old an answer may become, in milliseconds */
  track(key: string, arm: ArmClient, target: PoolAddress, maxAgeMs: number): void {
    const id = target.subscriptionId.toLowerCase();
    const before = this.#byKey.get(key);
    if (before && (before.arm !== arm || before.id !== id)) this.untrack(key);
    const observers = this.#byClient.get(arm) ?? new Map<string, PoolObserver>();
    this.#byClient.set(arm, observers);
    const observer = observers.get(id) ?? new PoolObserver(arm, target.subscriptionId, this.#options, this.#lately);
    // Who is in hand while the operator stops asks for himself.
    if (this.#options.signal.aborted) observer.stop();
    observers.set(id, observer);
    this.#byKey.set(key, { arm, id, observer });
    observer.track(key, target, maxAgeMs);
  }

  /** It wants to know no more. */
  untrack(key: string): void {
    const place = this.#byKey.get(key);
    if (!place) return;
    const { arm, id, observer } = place;
    this.#byKey.delete(key);
    observer.untrack(key);
    if (observer.size > 0) return;
    observer.stop();
    const observers = this.#byClient.get(arm);
    observers?.delete(id);
    if (observers?.size === 0) this.#byClient.delete(arm);
  }

  /** See {@link PoolObserver.look}. */
  look(key: string): Look {
    return this.#byKey.get(key)?.observer.look(key) ?? { kind: "unknown" };
  }

  /** See {@link PoolObserver.lookAgainMs}. */
  lookAgainMs(key: string): number {
    return this.#byKey.get(key)?.observer.lookAgainMs(key) ?? Infinity;
  }

  /** See {@link PoolObserver.saw}. */
  saw(key: string, pool: object | undefined, askedAt: number): Seen {
    return this.#byKey.get(key)?.observer.saw(key, pool, askedAt) ?? "changed";
  }

  /** See {@link PoolObserver.distrust}. */
  distrust(key: string, isWorking: boolean): void {
    this.#byKey.get(key)?.observer.distrust(key, isWorking);
  }

  /** See {@link PoolObserver.follows}. */
  follows(key: string): boolean {
    return this.#byKey.get(key)?.observer.follows(key) ?? false;
  }

  /** See {@link PoolObserver.isLookedThrough}. */
  isLookedThrough(key: string, since: number): boolean {
    return this.#byKey.get(key)?.observer.isLookedThrough(since) ?? true;
  }

  /** See {@link PoolObserver.stuck}. */
  stuck(): string | undefined {
    return this.#all().flatMap((observer) => observer.stuck() ?? [])[0];
  }

  report(): readonly ObserverReport[] {
    return this.#all().flatMap((observer) => observer.report());
  }

  #all(): readonly PoolObserver[] {
    return [...this.#byClient.values()].flatMap((observers) => [...observers.values()]);
  }
}
