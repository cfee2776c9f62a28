import type { Logger } from "pino";
import { backoff } from "../time/backoff.ts";
import type { Clock, Random } from "../time/clock.ts";
import type { ArmClient, PoolAddress, PoolPage } from "./arm-client.ts";
import { RANK } from "./waiting-line.ts";
import { ArmError, isAbsent } from "./errors.ts";
import type { Lately } from "./lately.ts";
import { Gathering, Pace } from "./pace.ts";
import { type ObserverReport, PATIENCE, type Round, Rounds, type ScopeState } from "./rounds.ts";
import { idOfPool, type PoolReader, type Seen, type Sighting, Sightings } from "./sightings.ts";

/** What is known of a pool without asking Azure now. */
export type Look =
  /** As Azure said in an answer that was asked for at `askedAt`. */
  | { readonly kind: "seen"; readonly pool: object; readonly askedAt: number }
  /** A complete LIST did not have it, which a GET must confirm before it counts as gone; `isGone`: one has. */
  | { readonly kind: "missing"; readonly askedAt: number; readonly isGone: boolean }
  /** The first LIST is on its way, for a key that was named at `since`; its end wakes the key. */
  | { readonly kind: "pending"; readonly since: number }
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
}

/** LISTs of one scope that run side by side, each some pages behind the other. */
const MAX_ROUNDS = 8;
/** After a LIST that failed, in milliseconds. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** A LIST begins when it is due: so much later, in milliseconds, and it is forgotten. */
const STUCK_MS = 60_000;
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
  readonly #gathering: Gathering;
  /** Keys that were woken since their pool changed, and have not looked yet. */
  readonly #unlooked = new Set<string>();
  /** Keys that wait for the first LIST to show their pool. */
  readonly #expectant = new Set<string>();
  readonly #stopped = new AbortController();
  #cancel: (() => void) | undefined;

  constructor(client: ArmClient, subscriptionId: string, options: ObserverOptions, lately: Lately) {
    this.#client = client;
    this.#subscriptionId = subscriptionId;
    this.#options = options;
    this.#sightings = new Sightings(options.reader, lately);
    this.#rounds = new Rounds(this.#sightings);
    this.#gathering = new Gathering(this.#now);
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
    this.#gathering.came(this.#now);
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
    this.#stopped.abort(new Error("nobody wants to know of a pool any more"));
  }

  /** What is known of the pool of a key. */
  look(key: string): Look {
    this.#unlooked.delete(key);
    this.#expectant.delete(key);
    const sighting = this.#sightings.of(key);
    if (!sighting) return { kind: "unknown" };
    const { askedAt, isGone } = sighting;
    const scope = this.#rounds.of(sighting);
    if (askedAt === undefined) {
      const isComing = scope !== undefined && scope.doneAt === undefined && scope.failures < PATIENCE;
      if (isComing) this.#expectant.add(key);
      return isComing ? { kind: "pending", since: sighting.trackedAt } : { kind: "unknown" };
    }
    if (this.#now - askedAt >= this.#maxAgeMs(sighting) * RIPE) return { kind: "unknown" };
    const pool = this.#sightings.poolOf(sighting);
    return pool ? { kind: "seen", pool, askedAt } : { kind: "missing", askedAt, isGone };
  }

  /** How soon a reconcile is to look at a pool at rest again, in milliseconds; Infinity when LISTs see to it. */
  lookAgainMs(key: string): number {
    const sighting = this.#sightings.of(key);
    return sighting ? this.#maxAgeMs(sighting) : Infinity;
  }

  /** Takes in the answer to a GET, undefined when there was no pool. @param askedAt when it was asked for, in milliseconds by our clock */
  saw(key: string, pool: object | undefined, askedAt: number): Seen {
    this.#unlooked.delete(key);
    const sighting = this.#sightings.of(key);
    if (!sighting) return "changed";
    const seen = pool ? this.#sightings.see(sighting, pool, askedAt) : this.#sightings.miss(sighting, askedAt, "GET");
    this.#note(sighting, seen, key);
    return seen;
  }

  /** Azure was asked to write, or an operation ended: nothing that was asked for before now is believed. @param isWorking whether Azure works now */
  distrust(key: string, isWorking: boolean): void {
    const sighting = this.#sightings.of(key);
    if (sighting) this.#sightings.distrust(sighting, this.#now, isWorking);
    this.#recount();
  }

  /** Whether LISTs show when Azure is done with the pool; if not, its operation must be asked. */
  follows(key: string): boolean {
    const sighting = this.#sightings.of(key);
    const scope = sighting && this.#rounds.of(sighting);
    return scope !== undefined && scope.isQuick && scope.failures === 0;
  }

  /** Whether all that had changed at a time has been looked at: the LISTs that ran then are complete. @param since milliseconds by our clock */
  isLookedThrough(since: number): boolean {
    return this.#unlooked.size === 0 && this.#rounds.running().every(({ startedAt }) => startedAt > since);
  }

  report(): readonly ObserverReport[] {
    return this.#rounds.report(this.#subscriptionId, this.#now);
  }

  /** Why pools are not looked at: a LIST has been due for long, and does not begin. Undefined while all moves, also while Azure refuses it. */
  stuck(): string | undefined {
    const lateMs = Math.max(...this.#rounds.current.map((scope) => this.#now - this.#dueAt(scope)));
    if (this.#stopped.signal.aborted || lateMs < STUCK_MS) return undefined;
    return `the LIST of subscription ${this.#subscriptionId} has been due for ${Math.round(lateMs / 1000)} s`;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  /** Where LISTs come as often as that anyhow, they are what keeps it fresh. */
  #maxAgeMs(sighting: Sighting): number {
    const scope = this.#rounds.of(sighting);
    const maxAgeMs = Math.min(...sighting.keys.values());
    return scope !== undefined && !scope.isOut && maxAgeMs >= this.#options.intervalMs ? Infinity : maxAgeMs;
  }

  /** @param by whose own answer it is, who need not be woken */
  #note(sighting: Sighting, seen: Seen, by?: string): void {
    if (seen === "not believed" || seen === "out of date") return;
    for (const key of sighting.keys.keys())
      if (key !== by && (seen === "changed" || this.#expectant.has(key))) this.#wake(key);
    this.#recount();
  }

  #wake(key: string): void {
    this.#unlooked.add(key);
    this.#options.wake(key);
  }

  /** They are to look, although nothing has changed. */
  #wakeAll({ keys }: Sighting): void {
    for (const key of keys.keys()) this.#options.wake(key);
  }

  /** Few operations are asked one by one, many are LISTed. */
  #recount(): void {
    for (const scope of this.#rounds.current) {
      const working = this.#sightings.working(scope.group);
      const isQuick = this.#pace.prefersLists(working, scope.pages ?? Infinity, scope.isQuick);
      if (isQuick === scope.isQuick) continue;
      scope.isQuick = isQuick;
      if (!isQuick)
        for (const sighting of this.#sightings.in(scope.group)) if (sighting.isWorking) this.#wakeAll(sighting);
      this.#schedule();
    }
  }

  /** Begins the LISTs that are due, and comes back for the next. */
  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#stopped.signal.aborted) return;
    let next = this.#rounds.forgivenAt(this.#now);
    for (const scope of this.#rounds.choose(this.#now)) {
      if (this.#dueAt(scope) <= this.#now) this.#begin(scope);
      next = Math.min(next, this.#dueAt(scope));
    }
    if (next < Infinity)
      this.#cancel = this.#options.clock.timer(Math.max(1, next - this.#now), () => this.#schedule());
  }

  #dueAt({ group, running, startedAt, doneAt, failures, isQuick, pages = 1, restMs, notBefore }: ScopeState): number {
    if (running.length >= (isQuick && doneAt !== undefined && failures === 0 ? MAX_ROUNDS : 1)) return Infinity;
    if (startedAt === undefined || doneAt === undefined || failures > 0)
      return Math.max(notBefore, this.#gathering.until);
    if (!isQuick) return Math.max(notBefore, startedAt + restMs);
    return Math.max(notBefore, startedAt + this.#pace.periodMs(this.#sightings.working(group), pages, this.#now));
  }

  #begin(scope: ScopeState): void {
    const { random, intervalMs } = this.#options;
    const round = this.#rounds.begin(scope, this.#now, intervalMs, random);
    const ended = (error?: unknown): void => {
      scope.running.splice(scope.running.indexOf(round), 1);
      if (this.#stopped.signal.aborted) return;
      if (error === undefined) this.#complete(scope, round);
      else this.#failed(scope, round, error);
      this.#schedule();
    };
    this.#list(scope, round).then(() => ended(), ended);
  }

  async #list({ resourceGroup }: ScopeState, round: Round): Promise<void> {
    const where = { subscriptionId: this.#subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
    const turn = { key: `list ${round.number}`, flow: "", rank: RANK.observe };
    try {
      for await (const page of this.#client.list(where, this.#stopped.signal, turn)) this.#take(round, page);
    } catch (error) {
      // A group that is gone has no pools; a page that is refused after others says nothing of what it had.
      if (resourceGroup === undefined || round.pages > 0 || !isAbsent(error)) throw error;
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
    // What ends makes the next LIST due sooner, also while this one is running.
    this.#schedule();
  }

  #complete(scope: ScopeState, round: Round): void {
    const wasOut = scope.isOut;
    this.#rounds.complete(scope, round);
    for (const sighting of this.#sightings.in(scope.group)) {
      if (!round.seen.has(sighting.id)) this.#note(sighting, this.#sightings.miss(sighting, round.startedAt, "LIST"));
      if (wasOut || sighting.askedAt === undefined) this.#wakeAll(sighting);
    }
    this.#recount();
  }

  /** A LIST that failed changes nothing, but who has waited for it too long asks by himself. */
  #failed(scope: ScopeState, round: Round, error: unknown): void {
    const { random, log, intervalMs } = this.#options;
    const refusal = error instanceof ArmError ? error : new ArmError("unavailable", 0, "Unexpected", String(error));
    const { kind, code, retryAfterMs = 0 } = refusal;
    const waitMs = Math.max(backoff(BACKOFF, scope.failures + 1, random), retryAfterMs);
    log.warn({ subscriptionId: this.#subscriptionId, resourceGroup: scope.resourceGroup, code, kind }, "LIST failed");
    // Whose first page came may be LISTed.
    const meant = kind === "refused" && round.pages > 0 ? "unavailable" : kind;
    const isAll = this.#rounds.fail(scope, meant, this.#now, waitMs, intervalMs);
    // Operations are followed by LISTs no more.
    const isFollowed = scope.isQuick && scope.failures === 1;
    for (const sighting of this.#sightings.in(scope.group))
      if (isAll || (isFollowed && sighting.isWorking)) this.#wakeAll(sighting);
  }
}
