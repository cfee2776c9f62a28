import { backoff } from "../time/backoff.ts";
import type { Clock, Random } from "../time/clock.ts";
import { inBrief, isRefusal, KubernetesError } from "./errors.ts";

/** client-go: 800 ms, doubling to 30 s (tools/cache/reflector.go). */
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
/**
 * A watch that was open for so long has done what a watch is for, in milliseconds, and the next begins at once however it ended, as in client-go.
 * client-go says a second; at five, one that always ends just then is opened 12 times a minute, and no hop on the way takes what is idle for less.
 */
const SHORT_WATCH_MS = 5_000;
/** A watch that the server has refused for so long begins with a list again (client-go gives an InternalError a minute). */
const REFUSED_FOR_MS = 60_000;
/**
 * How long a watch may be silent before its connection counts as dead, in milliseconds. The API server sends a bookmark each minute, a second or
 * two more or less (measured on 1.36; cacher.go), also where nothing changes. One that sends none only has to open a watch more often, and to list.
 */
export const WATCH_SILENCE_MS = 75_000;
/**
 * Watches that have told nothing for so long begin with a list again: after a restore from a backup versions go back, and the API server takes a
 * watch from one that is yet to come and keeps silent until then (kubernetes/kubernetes#107457). Two silent watches, whose timers may be early.
 */
const DEAF_MS = 2 * WATCH_SILENCE_MS - 5_000;

/** What a reflector has had of the API server: when it last heard of it, what went wrong last, and when the next try is. */
export class Contact {
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;
  #heardAt: number | undefined;
  #openSince: number | undefined;
  #problem: string | undefined;
  #wasRefused = false;
  #failures = 0;
  /** How often in a row a version that a list had just given was too old for a watch: such lists must not come ever so fast. */
  #expiries = 0;

  /** @param clock one that is never set */
  constructor(clock: Pick<Clock, "now">, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How long the server has told nothing, neither a whole list nor a line of a watch, in milliseconds; undefined while nobody asks it. */
  get quietMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#clock.now() - this.#heardAt;
  }

  /** What went wrong last, in words that hold no secret. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether the server has ever answered that it will not, rather than that it cannot now. */
  get wasRefused(): boolean {
    return this.#wasRefused;
  }

  /** Whether watches have told nothing for long, whoever ended them: something in between may cut what is idle sooner than a bookmark comes. */
  get isDeaf(): boolean {
    return (this.quietMs ?? 0) >= DEAF_MS;
  }

  began(): void {
    this.#heardAt = this.#clock.now();
  }

  ended(): void {
    this.#heardAt = undefined;
  }

  /** The server has taken a watch. */
  opened(): void {
    this.#openSince = this.#clock.now();
  }

  /** A list is complete. */
  listed(): void {
    this.#heardAt = this.#clock.now();
    this.#failures = this.#expiries;
  }

  /** A watch has told something. */
  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#forgive();
  }

  /** The server ended a watch in peace. @throws KubernetesError when that was so soon, without a line, that it was none */
  closed(lines: number): void {
    if (lines === 0 && !this.#wasOpen)
      throw new KubernetesError(200, "VeryShortWatch", "the watch ended at once without an event");
    this.#openSince = undefined;
    this.#forgive();
  }

  /**
   * A request failed, or what it had opened.
   *
   * @returns how long to wait, in milliseconds; undefined: not at all, since a watch was cut that had been open for long
   */
  failed(error: unknown): number | undefined {
    const { status, retryAfterMs = 0 }: Partial<KubernetesError> = error instanceof KubernetesError ? error : {};
    const wasOpen = this.#wasOpen;
    this.#openSince = undefined;
    this.#problem = inBrief(error);
    if (isRefusal(status)) this.#wasRefused = true;
    if (wasOpen) this.#forgive();
    if (wasOpen && status === undefined) return undefined;
    this.#failures += 1;
    if (status === 410) this.#expiries += 1;
    return Math.max(backoff(BACKOFF, this.#failures, this.#random), retryAfterMs);
  }

  /** Whether a watch that failed with this answer, or none, is to begin with a list again. */
  mustList(status: number | undefined): boolean {
    if (status === undefined) return this.isDeaf;
    return status !== 429 && (this.quietMs ?? 0) > REFUSED_FOR_MS;
  }

  get #wasOpen(): boolean {
    return this.#openSince !== undefined && this.#clock.now() - this.#openSince >= SHORT_WATCH_MS;
  }

  #forgive(): void {
    this.#failures = 0;
    this.#expiries = 0;
  }
}
