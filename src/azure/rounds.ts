import type { Random } from "../time/clock.ts";
import type { ArmErrorKind } from "./errors.ts";
import { chooseScopes, type ScopeChoice, type ScopeFacts } from "./scope-choice.ts";
import type { Sighting, Sightings } from "./sightings.ts";

/** One LIST, from its first page to its last. */
export interface Round {
  readonly number: number;
  /** Milliseconds by our clock. */
  readonly startedAt: number;
  /** Ids of all pools that its pages had. */
  readonly seen: Set<string>;
  /** Pools that nobody wanted yet when their page came. */
  readonly strangers: Map<string, { readonly pool: object; readonly askedAt: number }>;
  pages: number;
}

/** A scope that is LISTed, or was. */
export interface ScopeState {
  /** Lower case, for comparison; undefined: the whole subscription. */
  readonly group: string | undefined;
  /** As somebody spelled it. */
  readonly resourceGroup: string | undefined;
  /** The LISTs that run now. */
  readonly running: Round[];
  /** When the last one began, and the last complete one, in milliseconds by our clock. */
  startedAt?: number;
  doneAt?: number;
  /** Pages of the last complete one. */
  pages?: number;
  /** How long after the last one the next begins at rest, in milliseconds. */
  restMs: number;
  /** In a row. */
  failures: number;
  /** Nothing begins before this, in milliseconds by our clock. */
  notBefore: number;
  /** It has failed for so long that its pools are read one by one. */
  isOut: boolean;
  deniedAt?: number;
  /** Azure works on many of its pools. */
  isQuick: boolean;
}

/** A LIST at rest begins up to such a part of the interval later, so that operators that started together do not stay together. */
const LATER = 0.1;
/** So many LISTs in a row fail before those who wait for the first ask by themselves. */
export const PATIENCE = 2;
/** What is known counts so much longer when LIST fails, in milliseconds. */
const PATIENCE_MS = 60_000;
/** In how many scopes of a kind a subscription is LISTed, or how many of its pools are read one by one (get). */
export interface ObserverReport {
  readonly subscription: string;
  readonly scope: "subscription" | "resource-group" | "get";
  readonly count: number;
  /** Age of the oldest answer that is believed, of all pools of the subscription, in seconds. */
  readonly lagSeconds: number;
}

/** How long it counts what a scope cost, and that it was denied, in milliseconds: rights and strangers' pools change. */
const REMEMBER_MS = 3_600_000;

/** Which scopes are LISTed, and the LISTs that run. */
export class Rounds {
  readonly #sightings: Sightings;
  readonly #scopes = new Map<string, ScopeState>();
  #choice: ScopeChoice = { subscription: false, groups: new Set() };
  #current: readonly ScopeState[] = [];
  #number = 0;

  constructor(sightings: Sightings) {
    this.#sightings = sightings;
  }

  get choice(): ScopeChoice {
    return this.#choice;
  }

  /** The scopes that are LISTed. */
  get current(): readonly ScopeState[] {
    return this.#current;
  }

  /** The scopes that are LISTed from now on. @param now milliseconds by our clock */
  choose(now: number): readonly ScopeState[] {
    const { wanted } = this.#sightings;
    this.#choice = chooseScopes(wanted, this.#facts("", now), (group) => this.#facts(group, now));
    for (const [id, { group, running }] of this.#scopes)
      if (group !== undefined && !wanted.has(group) && running.length === 0) this.#scopes.delete(id);
    const groups = this.#choice.subscription ? [undefined] : [...this.#choice.groups];
    this.#current = groups.map((group) => this.#state(group));
    return this.#current;
  }

  /** When the next scope that Azure refused to LIST may be tried again, in milliseconds by our clock; Infinity: none was. */
  forgivenAt(now: number): number {
    const times = [...this.#scopes.values()].map(({ deniedAt = -Infinity }) => deniedAt + REMEMBER_MS);
    return Math.min(...times.filter((at) => at > now));
  }

  /** The scope whose LISTs show a pool; undefined: it is read by itself. */
  of({ group }: Sighting): ScopeState | undefined {
    if (this.#choice.subscription) return this.#scopes.get("");
    return this.#choice.groups.has(group) ? this.#scopes.get(group) : undefined;
  }

  /** All LISTs that run. */
  running(): readonly Round[] {
    return [...this.#scopes.values()].flatMap(({ running }) => running);
  }

  /** What a running LIST has seen of a pool that nobody wanted then. */
  stranger(id: string): { readonly pool: object; readonly askedAt: number } | undefined {
    const seen = this.running().flatMap(({ strangers }) => strangers.get(id) ?? []);
    return seen.sort((a, b) => b.askedAt - a.askedAt)[0];
  }

  begin(scope: ScopeState, now: number, intervalMs: number, random: Random): Round {
    this.#number += 1;
    const round: Round = { number: this.#number, startedAt: now, seen: new Set(), strangers: new Map(), pages: 0 };
    scope.running.push(round);
    scope.startedAt = now;
    // Never earlier than the interval: what LISTs cost is what it says.
    scope.restMs = Math.round(intervalMs * (1 + LATER * random()));
    return round;
  }

  /** A LIST came to its end. */
  complete(scope: ScopeState, round: Round): void {
    scope.failures = 0;
    scope.isOut = false;
    if (scope.doneAt !== undefined && scope.doneAt > round.startedAt) return;
    scope.doneAt = round.startedAt;
    scope.pages = Math.max(1, round.pages);
  }

  /**
   * A LIST failed.
   *
   * @param waitMs how long no other begins, in milliseconds
   * @param intervalMs how old what is known may become, in milliseconds
   * @returns whether those who rely on it must ask by themselves
   */
  fail(scope: ScopeState, kind: ArmErrorKind, now: number, waitMs: number, intervalMs: number): boolean {
    scope.failures += 1;
    scope.notBefore = now + waitMs;
    const isTooLong =
      scope.doneAt === undefined ? scope.failures >= PATIENCE : now - scope.doneAt >= intervalMs + PATIENCE_MS;
    const isNews = isTooLong && !scope.isOut;
    scope.isOut ||= isTooLong;
    if (kind === "refused") {
      scope.deniedAt = now;
      this.choose(now);
    }
    return isNews || kind === "refused" || kind === "unauthenticated";
  }

  /** What is observed, and how. @param now by our clock */
  report(subscription: string, now: number): readonly ObserverReport[] {
    let lagMs = 0;
    let get = 0;
    for (const sighting of this.#sightings.in()) {
      // After a write of ours nothing is believed until the next answer, which is waited for since then.
      lagMs = Math.max(lagMs, now - (sighting.askedAt ?? Math.max(sighting.trackedAt, sighting.distrustBefore)));
      if (!this.of(sighting)) get += 1;
    }
    const choice = this.#choice;
    const counts = { subscription: choice.subscription ? 1 : 0, "resource-group": choice.groups.size, get };
    const rest = { subscription, lagSeconds: lagMs / 1000 };
    return (["subscription", "resource-group", "get"] as const).map((scope) => ({
      ...rest,
      scope,
      count: counts[scope],
    }));
  }

  #facts(group: string, now: number): ScopeFacts {
    const state = this.#scopes.get(group);
    if (!state) return {};
    const isRecent = state.doneAt !== undefined && now - state.doneAt < REMEMBER_MS;
    return {
      pages: isRecent ? state.pages : undefined,
      isDenied: state.deniedAt !== undefined && now - state.deniedAt < REMEMBER_MS,
    };
  }

  #state(group: string | undefined): ScopeState {
    const id = group ?? "";
    const known = this.#scopes.get(id);
    if (known) return known;
    const [first] = group === undefined ? [] : this.#sightings.in(group);
    const state: ScopeState = {
      group,
      resourceGroup: group === undefined ? undefined : (first?.target.resourceGroup ?? group),
      running: [],
      restMs: 0,
      failures: 0,
      notBefore: 0,
      isOut: false,
      isQuick: false,
    };
    this.#scopes.set(id, state);
    return state;
  }
}
