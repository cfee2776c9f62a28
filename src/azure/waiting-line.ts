/** In which order calls are paid; lower goes first. */
export const RANK = {
  /** A deletion, or an edit of a pool that exists. */
  edit: 0,
  /** A new pool, or new values of a Secret: often many at once. */
  create: 1,
  /** Another try after a failure. */
  recovery: 2,
  /** Back to what the spec says. */
  drift: 3,
  /** A look at what Azure has. */
  observe: 4,
} as const;

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
  /** Since when, in milliseconds by our clock. */
  readonly since: number;
  /** Called at the end of the wait. */
  readonly end: () => void;
}

/** One turn in so many goes to who has waited longest, whatever the rank, so that nobody starves. */
const OLDEST_EVERY = 8;

/** Who waits for a turn, in the order in which turns are given: by rank, then one of each flow in turn, then by time. */
export class WaitingLine {
  /** By rank, then by flow, in the order in which flows have their turns, then in order of arrival. */
  readonly #ranks = new Map<number, Map<string, Map<string, Waiting>>>();
  /** In order of arrival. */
  readonly #places = new Map<string, Waiting>();
  readonly #begin: () => () => void;
  #served = 0;

  /** @param begin told when somebody begins to wait; what it returns is called at the end of the wait */
  constructor(begin: () => () => void = () => () => undefined) {
    this.#begin = begin;
  }

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** Whether somebody waits who goes before a newcomer of this rank. */
  isAhead(rank: number): boolean {
    for (const waiting of this.#ranks.keys()) if (waiting <= rank) return true;
    return false;
  }

  /** Takes a place; who has one keeps it, unless the new rank is better. */
  add(turn: Turn, now: number): void {
    const before = this.#places.get(turn.key);
    if (before && before.rank <= turn.rank) return;
    if (before) this.#leave(before);
    const place: Waiting = { ...turn, since: before?.since ?? now, end: before?.end ?? this.#begin() };
    // Who moves up stays where he is among those that came before and after him.
    this.#places.set(turn.key, place);
    const flows = this.#ranks.get(turn.rank) ?? new Map<string, Map<string, Waiting>>();
    this.#ranks.set(turn.rank, flows);
    const flow = flows.get(turn.flow) ?? new Map<string, Waiting>();
    flows.set(turn.flow, flow);
    flow.set(turn.key, place);
  }

  remove(key: string): void {
    const place = this.#places.get(key);
    if (!place) return;
    this.#places.delete(key);
    this.#leave(place);
    place.end();
  }

  /** Whose turn is next; undefined when nobody waits. */
  first(): Waiting | undefined {
    if ((this.#served + 1) % OLDEST_EVERY === 0) {
      const [oldest] = this.#places.values();
      return oldest;
    }
    const flows = this.#ranks.get(Math.min(...this.#ranks.keys()));
    const [flow] = flows?.values() ?? [];
    const [next] = flow?.values() ?? [];
    return next;
  }

  /** Takes the next out of the line. */
  shift(): Waiting | undefined {
    const next = this.first();
    if (!next) return undefined;
    this.remove(next.key);
    this.#served += 1;
    // The other flows of the rank have their turns before this one has another.
    const flows = this.#ranks.get(next.rank);
    const rest = flows?.get(next.flow);
    if (flows && rest) {
      flows.delete(next.flow);
      flows.set(next.flow, rest);
    }
    return next;
  }

  #leave({ key, rank, flow: name }: Waiting): void {
    const flows = this.#ranks.get(rank);
    const flow = flows?.get(name);
    flow?.delete(key);
    if (flow?.size === 0) flows?.delete(name);
    if (flows?.size === 0) this.#ranks.delete(rank);
  }
}
