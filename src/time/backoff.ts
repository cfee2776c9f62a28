import type { Random } from "./clock.ts";

/** How long to wait after the n-th failure in a row. */
export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** The delay never exceeds this, in milliseconds. */
  readonly maxMs: number;
}

/**
 * Exponential backoff: base × 2^(failures − 1), capped, less up to a fifth of jitter so that keys that failed together do not retry together.
 *
 * @param failures failures in a row, 1 or more
 * @returns milliseconds
 */
export function backoff(options: BackoffOptions, failures: number, random: Random): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 30);
  const delay = Math.min(options.baseMs * 2 ** exponent, options.maxMs);
  return Math.round(delay * (1 - 0.2 * random()));
}

/** A steady interval spread by ±10 %, so that what started together does not stay together. */
export function jittered(intervalMs: number, random: Random): number {
  return Math.round(intervalMs * (0.9 + 0.2 * random()));
}
