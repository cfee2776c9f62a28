/** A value at a time. */
export interface Point {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** The middle one; of two, the mean. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The median of the slopes between all pairs (Theil and Sen), in units an hour: up to 29 % of the points may be anything. */
export function slopePerHour(points: readonly Point[]): number {
  const slopes = points.flatMap((a, index) =>
    points
      .slice(index + 1)
      .filter((b) => b.at !== a.at)
      .map((b) => ((b.value - a.value) / (b.at - a.at)) * 3600),
  );
  return median(slopes);
}

/** What is typical of each of `count` windows of equal length, in the middle of the window. */
export function windows(
  points: readonly Point[],
  count: number,
  typical: (values: readonly number[]) => number,
): readonly Point[] {
  const from = points[0]?.at ?? 0;
  const length = ((points.at(-1)?.at ?? 0) - from) / count;
  const values = Array.from({ length: count }, (): number[] => []);
  for (const { at, value } of points) values[windowOf(at - from, length, count)]?.push(value);
  return values.flatMap((those, index) =>
    those.length === 0 ? [] : [{ at: from + (index + 0.5) * length, value: typical(those) }],
  );
}

/** The least of them: of a saw-tooth, what garbage collection leaves. */
export function floor(values: readonly number[]): number {
  return Math.min(...values);
}

/** The last point is in the last window. */
function windowOf(offset: number, length: number, count: number): number {
  return length === 0 ? 0 : Math.min(count - 1, Math.floor(offset / length));
}

/** The first and the last third, by time. */
export function thirds(points: readonly Point[]): {
  readonly first: readonly number[];
  readonly last: readonly number[];
} {
  const from = points[0]?.at ?? 0;
  const third = ((points.at(-1)?.at ?? 0) - from) / 3;
  return {
    first: points.filter(({ at }) => at <= from + third).map(({ value }) => value),
    last: points.filter(({ at }) => at >= from + 2 * third).map(({ value }) => value),
  };
}

/** The last half, by time. */
export function lastHalf(points: readonly Point[]): readonly Point[] {
  const [from, to] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  return points.filter(({ at }) => at >= (from + to) / 2);
}
