/** Somebody who waits for a turn. */
export interface Turn {
  /** Who waits; one place in a line for each. */
  readonly key: string;
  /** Turns of one rank are shared out evenly between flows, such as namespaces. */
  readonly flow: string;
  /** Lower goes first. */
  readonly rank: number;
  /** Called when the turn has come; it is kept until it is used or given back. */
  readonly wake: () => void;
}

/** A turn in the line. */
export interface Waiting extends Turn {
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** The fair share's order: how many turns its flow has asked for. */
  readonly tag: number;
}

/** One turn in so many goes to who has waited longest, whatever the rank, so that nobody starves. */
const OLDEST_EVERY = 8;

/** Who waits for a turn, in the order in which turns are given: by rank, then evenly by flow, then by time. */
export class WaitingLine {
  /** By rank, then by flow, in order of arrival. */
  readonly #ranks = new Map<number, Map<string, Map<string, Waiting>>>();
  readonly #places = new Map<string, Waiting>();
  /** The last tag of each flow that waits, and of who was served last. */
  readonly #tags = new Map<string, number>();
  #served = 0;
  #tag = 0;

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** Whether somebody waits who goes before a newcomer of this rank. */
  isAhead(rank: number): boolean {
    for (const [waiting, flows] of this.#ranks) if (waiting <= rank && flows.size > 0) return true;
    return false;
  }

  /** Takes a place; who has one keeps it, unless the new rank is better. */
  add(turn: Turn, now: number): void {
    const before = this.#places.get(turn.key);
    if (before && before.rank <= turn.rank) return;
    this.remove(turn.key);
    const tag = Math.max(this.#tag, this.#tags.get(turn.flow) ?? 0) + 1;
    this.#tags.set(turn.flow, tag);
    const place: Waiting = { ...turn, since: before?.since ?? now, tag };
    const flows = this.#ranks.get(turn.rank) ?? new Map<string, Map<string, Waiting>>();
    this.#ranks.set(turn.rank, flows);
    const flow = flows.get(turn.flow) ?? new Map<string, Waiting>();
    flows.set(turn.flow, flow);
    flow.set(turn.key, place);
    this.#places.set(turn.key, place);
  }

  remove(key: string): void {
    const place = this.#places.get(key);
    if (!place) return;
    this.#places.delete(key);
    const flows = this.#ranks.get(place.rank);
    const flow = flows?.get(place.flow);
    flow?.delete(key);
    if (flow?.size === 0) flows?.delete(place.flow);
    if (this.#places.size === 0) this.#tags.clear();
  }

  /** Whose turn is next; undefined when nobody waits. */
  first(): Waiting | undefined {
    return (this.#served + 1) % OLDEST_EVERY === 0 ? this.#best((place) => place.since) : this.#fairest();
  }

  /** Takes the next out of the line. */
  shift(): Waiting | undefined {
    const next = this.first();
    if (!next) return undefined;
    this.remove(next.key);
    this.#served += 1;
    this.#tag = next.tag;
    return next;
  }

  #fairest(): Waiting | undefined {
    const ranks = [...this.#ranks].filter(([, flows]) => flows.size > 0).map(([rank]) => rank);
    const rank = Math.min(...ranks);
    return this.#best(({ tag }) => tag, rank);
  }

  /** The smallest of those who are first in their flow. */
  #best(by: (place: Waiting) => number, rank?: number): Waiting | undefined {
    let best: Waiting | undefined;
    for (const [each, flows] of this.#ranks) {
      if (rank !== undefined && each !== rank) continue;
      for (const flow of flows.values()) {
        const [head] = flow.values();
        if (head && (best === undefined || by(head) < by(best))) best = head;
      }
    }
    return best;
  }
}
