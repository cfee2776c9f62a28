import type { PoolAddress } from "./arm-client.ts";
import { Lately } from "./lately.ts";
import { type PoolText, PoolTexts } from "./pool-texts.ts";

/** No copy that Azure answers from lags behind for so long, in milliseconds; the clocks that give the times of writes may differ, too. */
const LONGEST_LAG_MS = 600_000;

/** What the observer must know of a pool's body. */
export interface PoolReader {
  /** Whether Azure works on the pool. */
  readonly isWorking: (pool: object) => boolean;
  /** When it was last written, as text that sorts; undefined when it does not say. */
  readonly lastWritten: (pool: object) => string | undefined;
}

/** A pool that somebody wants to know of, and what is believed of it. */
export interface Sighting {
  readonly target: PoolAddress;
  readonly id: string;
  readonly group: string;
  /** Queue keys of those who want to know, and how old what is believed may become for each, in milliseconds. */
  readonly keys: Map<string, number>;
  /** Since when, in milliseconds by our clock. */
  readonly trackedAt: number;
  /** The pool as last believed; it says nothing while nothing is believed. */
  text?: PoolText | undefined;
  /** It was not there when it was last looked for; and a GET has said so since. */
  isMissing: boolean;
  isGone: boolean;
  /** When the answer that is believed was asked for, in milliseconds by our clock; undefined: nothing is believed. */
  askedAt?: number | undefined;
  /** Answers that were asked for before this are not believed: a write of ours came after them. */
  distrustBefore: number;
  /** The latest time of a write that was seen in the pool: an answer with an earlier one is out of date, even when it was asked for later. */
  newest?: string | undefined;
  /** When the answer was asked for that had it, in milliseconds by our clock. */
  newestAt: number;
  isWorking: boolean;
}

/** What a look at an answer changed; "out of date": it shows the pool as it was before a write that was seen already. */
export type Seen = "changed" | "same" | "not believed" | "out of date";

/** The pools that are wanted, by id, and what is believed of each. */
export class Sightings {
  readonly #reader: PoolReader;
  readonly #byId = new Map<string, Sighting>();
  readonly #byKey = new Map<string, Sighting>();
  /** How many are wanted, by resource group. */
  readonly #wanted = new Map<string, number>();
  /** How many Azure works on, by resource group. */
  readonly #working = new Map<string, number>();

  readonly #lately: Lately;
  readonly #texts = new PoolTexts();

  /** @param lately what was seen of pools before */
  constructor(reader: PoolReader, lately = new Lately()) {
    this.#reader = reader;
    this.#lately = lately;
  }

  get wanted(): ReadonlyMap<string, number> {
    return this.#wanted;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many pools Azure works on, in a resource group or in all. */
  working(group?: string): number {
    if (group !== undefined) return this.#working.get(group) ?? 0;
    let all = 0;
    for (const count of this.#working.values()) all += count;
    return all;
  }

  of(key: string): Sighting | undefined {
    return this.#byKey.get(key);
  }

  byId(id: string): Sighting | undefined {
    return this.#byId.get(id);
  }

  /** The pools of a resource group, or all. */
  *in(group?: string): Generator<Sighting> {
    for (const sighting of this.#byId.values()) if (group === undefined || sighting.group === group) yield sighting;
  }

  /** Somebody wants to know of a pool. */
  track(key: string, target: PoolAddress, maxAgeMs: number, now: number): Sighting {
    const id = idOf(target);
    const before = this.#byKey.get(key);
    if (before && before.id !== id) this.untrack(key);
    const known = this.#byId.get(id);
    const { distrustBefore, newest, newestAt } = this.#lately.of(id) ?? { distrustBefore: -Infinity, newestAt: now };
    const sighting: Sighting = known ?? {
      target,
      id,
      group: target.resourceGroup.toLowerCase(),
      keys: new Map<string, number>(),
      trackedAt: now,
      isMissing: false,
      isGone: false,
      newest,
      newestAt,
      distrustBefore,
      isWorking: false,
    };
    sighting.keys.set(key, maxAgeMs);
    this.#byKey.set(key, sighting);
    if (!known) {
      this.#byId.set(id, sighting);
      add(this.#wanted, sighting.group, 1);
    }
    return sighting;
  }

  untrack(key: string): void {
    const sighting = this.#byKey.get(key);
    if (!sighting) return;
    this.#byKey.delete(key);
    sighting.keys.delete(key);
    if (sighting.keys.size > 0) return;
    this.#lately.note(sighting.id, sighting);
    this.#setWorking(sighting, false);
    this.#byId.delete(sighting.id);
    add(this.#wanted, sighting.group, -1);
  }

  /** Takes in a pool as Azure says it is. @param askedAt when the answer was asked for, in milliseconds by our clock */
  see(sighting: Sighting, pool: object, askedAt: number): Seen {
    const written = this.#reader.lastWritten(pool);
    if (isBefore(written, sighting.newest) && askedAt - sighting.newestAt < LONGEST_LAG_MS) return "out of date";
    if (!isNewer(sighting, askedAt)) return "not believed";
    const text = this.#texts.keep(pool, sighting.text, this.#byId.size);
    const isSame = sighting.text === text;
    sighting.askedAt = askedAt;
    sighting.text = text;
    sighting.isMissing = false;
    sighting.isGone = false;
    sighting.newest = written ?? sighting.newest;
    sighting.newestAt = askedAt;
    this.#setWorking(sighting, this.#reader.isWorking(pool));
    return isSame ? "same" : "changed";
  }

  /** The pool as last believed; undefined when it was not there. */
  poolOf({ text }: Sighting): object | undefined {
    return text && this.#texts.read(text);
  }

  /** Takes in that a pool was not there. @param by who says so */
  miss(sighting: Sighting, askedAt: number, by: "LIST" | "GET"): Seen {
    if (!isNewer(sighting, askedAt)) return "not believed";
    const isSame = sighting.isMissing;
    sighting.isGone ||= by === "GET";
    sighting.askedAt = askedAt;
    sighting.text = undefined;
    sighting.isMissing = true;
    // What has its name later is another pool.
    sighting.newest = undefined;
    this.#setWorking(sighting, false);
    return isSame ? "same" : "changed";
  }

  /** A write of ours, or the end of one: what was asked for before now is not believed any more. */
  distrust(sighting: Sighting, now: number, isWorking: boolean): void {
    sighting.distrustBefore = now;
    this.#lately.note(sighting.id, sighting);
    // What was seen stays, to be compared with: who shows the same again tells nothing new, and wakes nobody from a backoff.
    sighting.askedAt = undefined;
    sighting.isGone = false;
    this.#setWorking(sighting, isWorking);
  }

  #setWorking(sighting: Sighting, isWorking: boolean): void {
    if (sighting.isWorking === isWorking) return;
    sighting.isWorking = isWorking;
    add(this.#working, sighting.group, isWorking ? 1 : -1);
  }
}

/** Names a pool for comparison: ARM ids are compared without regard to case. */
function idOf({ subscriptionId, resourceGroup, name }: PoolAddress): string {
  return `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/microsoft.app/sessionpools/${name}`.toLowerCase();
}

/** The same of a pool's body; undefined when it is none. */
export function idOfPool(pool: object): string | undefined {
  const { id } = pool as { id?: unknown };
  return typeof id === "string" ? id.toLowerCase() : undefined;
}

/** Answers may arrive in another order than they were asked for. */
function isNewer({ distrustBefore, askedAt }: Sighting, asked: number): boolean {
  return asked >= distrustBefore && (askedAt === undefined || asked >= askedAt);
}

function isBefore(written: string | undefined, newest: string | undefined): boolean {
  return written !== undefined && newest !== undefined && withoutZeros(written) < withoutZeros(newest);
}

/** The digits of a second are as many as are needed, so that text sorts (azure-session-pools §3.3). */
function withoutZeros(time: string): string {
  return time.includes(".") ? time.replace(/\.?0+$/, "") : time;
}

function add(counts: Map<string, number>, group: string, by: number): void {
  const count = (counts.get(group) ?? 0) + by;
  if (count === 0) counts.delete(group);
  else counts.set(group, count);
}
