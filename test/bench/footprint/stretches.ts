/** A stretch of time, by one clock, and how much of something there was in it; milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** The most of it in a stretch that has no moment in common with any of the others; 0 when there is none. */
export function mostApart(stretches: readonly Stretch[], others: readonly Stretch[]): number {
  const apart = stretches.filter(({ from, to }) => !others.some((other) => other.from < to && from < other.to));
  return apart.reduce((most, { ms }) => Math.max(most, ms), 0);
}
