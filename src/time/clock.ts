/**
 * Time that passes, for durations, deadlines and the order of what this process does and sees: it is never set, and says nothing of the time of day.
 * Production passes {@link steadyClock}, tests and simulations pass their own.
 */
export interface Clock {
  /** Milliseconds since some moment of the past; never less than before. */
  now(): number;
  /** Calls `fire` once after `ms` milliseconds; returns a function that cancels it. */
  timer(ms: number, fire: () => void): () => void;
}

/**
 * The time of day, for people, and to compare with times that others tell. It may be set at any moment, also back, so that it measures nothing; it is
 * no {@link Clock}, so that neither is taken for the other.
 */
export interface WallClock {
  /** Milliseconds since the epoch. */
  time(): number;
}

/** A source of numbers in [0, 1), as Math.random. */
export type Random = () => number;

/** The longest delay that Node's timers take; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's; its time begins with the process. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  timer: (ms, fire) => {
    // Node's timers drop fractions, and would fire before the time has come.
    const handle = setTimeout(fire, Math.min(Math.ceil(Math.max(ms, 0)), MAX_TIMER_MS));
    return () => clearTimeout(handle);
  },
};

/** The machine's. */
export const wallClock: WallClock = { time: () => Date.now() };

/** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const finish = (): void => {
    cancel();
    signal?.removeEventListener("abort", finish);
    resolve();
  };
  const cancel = clock.timer(ms, finish);
  signal?.addEventListener("abort", finish, { once: true });
  return promise;
}

/** Thrown into a call that took longer than its limit. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/**
 * Runs `call` with a signal that aborts after `ms` milliseconds (with a {@link DeadlineError}) or together with `parent`.
 * The timer is on `clock`, so that a virtual clock decides deadlines too.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await withPatience(clock, parent, (signal, expect) => {
    expect(ms);
    return call(signal);
  });
}

/**
 * Runs `call` with a signal that aborts together with `parent`, or (with a {@link DeadlineError}) when `call` has not, within the milliseconds that
 * it named last, either ended or named others.
 */
export async function withPatience<T>(
  clock: Clock,
  parent: AbortSignal | undefined,
  call: (signal: AbortSignal, expect: (withinMs: number) => void) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const aborted = Promise.withResolvers<never>();
  // Whatever the call does with its signal, it is waited for no longer.
  const abort = (reason: unknown): void => {
    own.abort(reason);
    aborted.reject(reason);
  };
  const onParent = (): void => abort(parent?.reason);
  if (parent?.aborted) onParent();
  parent?.addEventListener("abort", onParent, { once: true });
  let isOver = false;
  let cancel = (): void => undefined;
  const expect = (withinMs: number): void => {
    cancel();
    if (!isOver) cancel = clock.timer(withinMs, () => abort(new DeadlineError(withinMs)));
  };
  try {
    return await Promise.race([aborted.promise, call(own.signal, expect)]);
  } catch (error) {
    // Libraries throw their own AbortError; the reason says what really happened.
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    isOver = true;
    cancel();
    parent?.removeEventListener("abort", onParent);
  }
}
