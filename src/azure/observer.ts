import type { Logger } from "pino";
import { backoff, jittered } from "../time/backoff.ts";
import type { Clock, Random } from "../time/clock.ts";
import type { ArmClient, PoolAddress, PoolPage } from "./arm-client.ts";
import { RANK } from "./budget.ts";
import { ArmError, isAbsent } from "./errors.ts";
import { Pace } from "./pace.ts";
import { PATIENCE, type Round, Rounds, type ScopeState } from "./rounds.ts";
import { idOfPool, type PoolReader, type Seen, type Sighting, Sightings } from "./sightings.ts";

/** What is known of a pool without asking Azure now. */
export type Look =
  /** As Azure said in an answer that was asked for at `askedAt`. */
  | { readonly kind: "seen"; readonly pool: object; readonly askedAt: number }
  /** A complete LIST did not have it, or a GET: to be confirmed before it counts as gone. */
  | { readonly kind: "missing"; readonly askedAt: number }
  /** The first LIST is on its way; its end wakes the key. */
  | { readonly kind: "pending" }
  /** Nothing that is fresh enough: ask Azure. */
  | { readonly kind: "unknown" };

export interface ObserverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How often everything is LISTed at rest, in milliseconds. */
  readonly intervalMs: number;
  readonly reader: PoolReader;
  /** Asks for a reconcile of a key, since its pool changed or is known now. */
  readonly wake: (key: string) => void;
  readonly signal: AbortSignal;
}

/** How the pools of a subscription are observed now. */
export interface ObserverReport {
  readonly subscriptionId: string;
  /** LISTs of the subscription (0 or 1), of resource groups, and pools that are read one by one. */
  readonly scopes: { readonly subscription: number; readonly "resource-group": number; readonly get: number };
  /** Age of the oldest answer that is believed, in milliseconds. */
  readonly lagMs: number;
}

/** The first LIST begins when no new pool was named for so long, so that it is known which scope is best, in milliseconds. */
const GATHER_MS = 250;
/** LISTs of one scope that run side by side, each some pages behind the other. */
const MAX_ROUNDS = 8;
/** Up to so many operations are followed one by one, by their URLs. */
const FEW = 10;
/** After a LIST that failed, in milliseconds. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** A pool that is read by itself is read again when its answer has so much of its age; the reconcile that does it comes a little early or late. */
const RIPE = 0.85;

/**
 * Sees the pools of a subscription through one credential: LISTs them from time to time, more often while Azure works on many, and wakes the keys of
 * those that changed. A LIST is a hint: what a page said is taken as a GET's answer is; what no page had only counts when the LIST came to its
 * end, and is to be confirmed by GET.
 */
export class PoolObserver {
  readonly #client: ArmClient;
  readonly #subscriptionId: string;
  readonly #options: ObserverOptions;
  readonly #sightings: Sightings;
  readonly #rounds: Rounds;
  readonly #pace: Pace;
  /** Keys that were woken since their pool changed, and have not looked yet. */
  readonly #unlooked = new Set<string>();
  /** Keys that wait for the first LIST to show their pool. */
  readonly #expectant = new Set<string>();
  #cancel: (() => void) | undefined;
  #gatherUntil: number;

  constructor(client: ArmClient, subscriptionId: string, options: ObserverOptions) {
    this.#client = client;
    this.#subscriptionId = subscriptionId;
    this.#options = options;
    this.#sightings = new Sightings(options.reader);
    this.#rounds = new Rounds(this.#sightings);
    this.#gatherUntil = this.#now;
    this.#pace = new Pace(() => client.budget.perSecond("read", subscriptionId), this.#now);
  }

  get size(): number {
    return this.#sightings.size;
  }

  /** Somebody wants to know of a pool. @param maxAgeMs how old an answer may become, in milliseconds */
  track(key: string, target: PoolAddress, maxAgeMs: number): void {
    const before = this.#sightings.of(key)?.id;
    const sighting = this.#sightings.track(key, target, maxAgeMs, this.#now);
    if (before === sighting.id || sighting.askedAt !== undefined) return;
    const stranger = this.#rounds.stranger(sighting.id);
    if (stranger) this.#note(sighting, this.#sightings.see(sighting, stranger.pool, stranger.askedAt), key);
    this.#gatherUntil = this.#now + GATHER_MS;
    this.#schedule();
  }

  untrack(key: string): void {
    this.#sightings.untrack(key);
    this.#unlooked.delete(key);
    this.#expectant.delete(key);
  }

  /** Ends what is under way; nobody wants to know of any pool any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** What is known of the pool of a key. */
  look(key: string): Look {
    this.#unlooked.delete(key);
    this.#expectant.delete(key);
    const sighting = this.#sightings.of(key);
    if (!sighting) return { kind: "unknown" };
    const { askedAt, text } = sighting;
    const scope = this.#rounds.of(sighting);
    if (askedAt === undefined) {
      const isComing = scope !== undefined && scope.doneAt === undefined && scope.failures < PATIENCE;
      if (isComing) this.#expectant.add(key);
      return { kind: isComing ? "pending" : "unknown" };
    }
    if (this.#now - askedAt >= this.#maxAgeMs(sighting) * RIPE) return { kind: "unknown" };
    return text === undefined
      ? { kind: "missing", askedAt }
      : { kind: "seen", pool: JSON.parse(text) as object, askedAt };
  }

  /** How soon a reconcile is to look at a pool at rest again, in milliseconds; Infinity when LISTs see to it. */
  lookAgainMs(key: string): number {
    const sighting = this.#sightings.of(key);
    return sighting ? this.#maxAgeMs(sighting) : Infinity;
  }

  /** Takes in the answer to a GET, undefined when there was no pool. @param askedAt when it was asked for, in milliseconds since the epoch */
  saw(key: string, pool: object | undefined, askedAt: number): void {
    const sighting = this.#sightings.of(key);
    if (!sighting) return;
    const seen = pool ? this.#sightings.see(sighting, pool, askedAt) : this.#sightings.miss(sighting, askedAt);
    this.#note(sighting, seen, key);
  }

  /** Azure was asked to write, or an operation ended: nothing that was asked for before now is believed. @param isWorking whether Azure works now */
  distrust(key: string, isWorking: boolean): void {
    const sighting = this.#sightings.of(key);
    if (!sighting) return;
    this.#sightings.distrust(sighting, this.#now, isWorking);
    this.#recount();
  }

  /** Whether LISTs show when Azure is done with the pool; if not, its operation must be asked. */
  follows(key: string): boolean {
    const sighting = this.#sightings.of(key);
    const scope = sighting && this.#rounds.of(sighting);
    return scope !== undefined && scope.isQuick && scope.failures === 0;
  }

  /** Whether all that had changed at a time has been looked at: the LISTs that ran then are complete. @param since milliseconds since the epoch */
  isLookedThrough(since: number): boolean {
    return this.#unlooked.size === 0 && this.#rounds.running().every(({ startedAt }) => startedAt > since);
  }

  report(): ObserverReport {
    let lagMs = 0;
    let get = 0;
    for (const sighting of this.#sightings.in()) {
      lagMs = Math.max(lagMs, this.#now - (sighting.askedAt ?? sighting.trackedAt));
      if (!this.#rounds.of(sighting)) get += 1;
    }
    const { subscription, groups } = this.#rounds.choice;
    const scopes = { subscription: subscription ? 1 : 0, "resource-group": groups.size, get };
    return { subscriptionId: this.#subscriptionId, scopes, lagMs };
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  /** Where LISTs come as often as that anyhow, they are what keeps it fresh. */
  #maxAgeMs(sighting: Sighting): number {
    const scope = this.#rounds.of(sighting);
    const isListed = scope !== undefined && !scope.isOut && sighting.maxAgeMs >= this.#options.intervalMs;
    return isListed ? Infinity : sighting.maxAgeMs;
  }

  /** @param by whose own answer it is, who need not be woken */
  #note(sighting: Sighting, seen: Seen, by?: string): void {
    if (seen === "not believed") return;
    for (const key of sighting.keys)
      if (key !== by && (seen === "changed" || this.#expectant.has(key))) this.#wake(key);
    this.#recount();
  }

  #wake(key: string): void {
    this.#unlooked.add(key);
    this.#options.wake(key);
  }

  /** Few operations are asked one by one, many are LISTed. */
  #recount(): void {
    let isChanged = false;
    for (const scope of this.#rounds.current) {
      const limit = Math.max(FEW, scope.pages ?? 1);
      const isQuick = this.#sightings.working(scope.group) > (scope.isQuick ? limit / 2 : limit);
      if (isQuick === scope.isQuick) continue;
      scope.isQuick = isQuick;
      isChanged = true;
      if (!isQuick)
        for (const { isWorking, keys } of this.#sightings.in(scope.group))
          if (isWorking) for (const key of keys) this.#options.wake(key);
    }
    if (isChanged) this.#schedule();
  }

  /** Begins the LISTs that are due, and comes back for the next. */
  #schedule(): void {
    this.stop();
    if (this.#options.signal.aborted || this.#sightings.size === 0) return;
    let next = Infinity;
    for (const scope of this.#rounds.choose(this.#now)) {
      if (this.#dueAt(scope) <= this.#now) this.#begin(scope);
      next = Math.min(next, this.#dueAt(scope));
    }
    if (next < Infinity)
      this.#cancel = this.#options.clock.timer(Math.max(1, next - this.#now), () => this.#schedule());
  }

  #dueAt({ running, startedAt, doneAt, isQuick, pages, restMs, notBefore }: ScopeState): number {
    if (running.length >= (isQuick && doneAt !== undefined ? MAX_ROUNDS : 1)) return Infinity;
    if (startedAt === undefined || doneAt === undefined) return Math.max(notBefore, this.#gatherUntil);
    return Math.max(notBefore, startedAt + (isQuick ? this.#pace.periodMs(pages ?? 1, this.#now) : restMs));
  }

  #begin(scope: ScopeState): void {
    const { random, intervalMs, signal } = this.#options;
    const round = this.#rounds.begin(scope, this.#now, jittered(intervalMs, random));
    const ended = (error?: unknown): void => {
      scope.running.splice(scope.running.indexOf(round), 1);
      if (signal.aborted) return;
      if (error === undefined) this.#complete(scope, round);
      else this.#failed(scope, error);
      this.#schedule();
    };
    this.#list(scope, round).then(() => ended(), ended);
  }

  async #list({ resourceGroup }: ScopeState, round: Round): Promise<void> {
    const where = { subscriptionId: this.#subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
    const turn = { key: `list ${round.number}`, flow: "", rank: RANK.observe };
    try {
      for await (const page of this.#client.list(where, this.#options.signal, turn)) this.#take(round, page);
    } catch (error) {
      // A group that is gone has no pools.
      if (!isAbsent(error)) throw error;
    }
  }

  #take(round: Round, { pools, askedAt }: PoolPage): void {
    round.pages += 1;
    this.#pace.read(this.#now);
    for (const pool of pools) {
      const id = idOfPool(pool);
      if (id === undefined) continue;
      round.seen.add(id);
      const sighting = this.#sightings.byId(id);
      if (!sighting) {
        round.strangers.set(id, { pool, askedAt });
        continue;
      }
      const wasWorking = sighting.isWorking;
      const seen = this.#sightings.see(sighting, pool, askedAt);
      if (wasWorking && !sighting.isWorking) this.#pace.ended(this.#now);
      this.#note(sighting, seen);
    }
  }

  #complete(scope: ScopeState, round: Round): void {
    const wasOut = scope.isOut;
    this.#rounds.complete(scope, round);
    for (const sighting of this.#sightings.in(scope.group)) {
      if (!round.seen.has(sighting.id)) this.#note(sighting, this.#sightings.miss(sighting, round.startedAt));
      if (wasOut || sighting.askedAt === undefined) for (const key of sighting.keys) this.#options.wake(key);
    }
    this.#recount();
  }

  /** A LIST that failed changes nothing, but who has waited for it too long asks by himself. */
  #failed(scope: ScopeState, error: unknown): void {
    const { random, log, intervalMs } = this.#options;
    const refusal = error instanceof ArmError ? error : new ArmError("unavailable", 0, "Unexpected", String(error));
    const { kind, code, retryAfterMs = 0 } = refusal;
    const waitMs = Math.max(backoff(BACKOFF, scope.failures + 1, random), retryAfterMs);
    log.warn({ subscriptionId: this.#subscriptionId, resourceGroup: scope.resourceGroup, code, kind }, "LIST failed");
    if (!this.#rounds.fail(scope, kind, this.#now, waitMs, intervalMs)) return;
    for (const sighting of this.#sightings.in(scope.group)) for (const key of sighting.keys) this.#options.wake(key);
  }
}
