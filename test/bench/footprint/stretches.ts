/** A stretch of time, by one clock, and how much of something there was in it; milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/**
 * The stretches without the time of others in them, the one with the most left first. What is left is at most what there was, and at most the time outside
 * of the others: the processor's time in a garbage collection is not known, and may be less than its time by the clock.
 *
 * @param others may overlap each other
 */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): readonly Stretch[] {
  const apart = disjoint(others);
  return stretches
    .map(({ from, to, ms }) => ({ from, to, ms: Math.min(ms, to - from - timeIn(apart, from, to)) }))
    .toSorted((a, b) => b.ms - a.ms);
}

/** The most there was in one of them; 0 when there is none. */
export function mostOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((most, { ms }) => Math.max(most, ms), 0);
}

/**
 * How long what comes waits for a loop that is late by so much, when something comes every millisecond: so many values. Recorded like this, a stretch
 * weighs as much as it is long (the correction for coordinated omission), where one value for each look at the loop counts 40 ms no more than 1 ms.
 */
export function waitsOf(ms: number): readonly number[] {
  return Array.from({ length: Math.floor(Math.max(0, ms)) + 1 }, (_, index) => Math.max(0, ms) - index);
}

/** The same moments, each once. */
function disjoint(stretches: readonly Stretch[]): readonly Stretch[] {
  const apart: Stretch[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) apart[apart.length - 1] = { ...last, to: Math.max(last.to, to) };
    else apart.push({ from, to, ms: to - from });
  }
  return apart;
}

function timeIn(stretches: readonly Stretch[], from: number, to: number): number {
  return stretches.reduce((sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)), 0);
}
