const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/**
 * A duration as flags and resources write it: a whole number above 0 with its unit s, m or h, such as 90s or 5m.
 *
 * @returns milliseconds; undefined for a text in another form
 */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,6})([smh])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
