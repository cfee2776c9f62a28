import type { Clock } from "./clock.ts";

/** Lets long work give way to whatever else the event loop has to do. */
export interface Turns {
  /** Asked before each piece of work: undefined while it may begin now, else it may when this resolves. */
  next(): Promise<void> | undefined;
}

/** The same for work that goes on after an await: how long several such pieces take together, nobody can say when they begin. */
export interface OwnTurns {
  /** The next turn of the event loop. */
  own(): Promise<void>;
}

/** Whoever asks in one turn goes on in turns one after the other. */
export class TurnsInLine implements OwnTurns {
  readonly #turns: OwnTurns;
  /** The turn of who came last. */
  #last: Promise<void> = Promise.resolve();

  constructor(turns: OwnTurns) {
    this.#turns = turns;
  }

  async own(): Promise<void> {
    this.#last = this.#last.then(() => this.#turns.own());
    await this.#last;
  }
}

/**
 * The most that work may take of one turn of the event loop, in milliseconds. Two such parts may meet in one turn, with what the network brings and a
 * garbage collection; together they stay under 20 ms.
 */
const SLICE_MS = 3;

/** Turns of equal length, shared by all who ask: together they block the loop no longer than one would. */
export class TimeSlices implements Turns, OwnTurns {
  readonly #clock: Clock;
  readonly #later: (fire: () => void) => void;
  #begun = 0;
  /** Resolves in the next turn; undefined while nobody has worked in this one. */
  #turn: Promise<void> | undefined;

  /**
   * @param clock one that is never set
   * @param later calls `fire` in a later turn of the event loop, as setImmediate does
   */
  constructor(clock: Clock, later: (fire: () => void) => void) {
    this.#clock = clock;
    this.#later = later;
  }

  next(): Promise<void> | undefined {
    return this.#isTime() ? undefined : this.#wait();
  }

  async own(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#later(resolve);
    await promise;
  }

  async #wait(): Promise<void> {
    // Those who waited too may have used up the turn.
    do await this.#turn;
    while (!this.#isTime());
  }

  #isTime(): boolean {
    if (this.#turn) return this.#clock.now() - this.#begun < SLICE_MS;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#begun = this.#clock.now();
    this.#turn = promise;
    this.#later(() => {
      this.#turn = undefined;
      resolve();
    });
    return true;
  }
}
