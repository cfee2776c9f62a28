import type { Sample } from "./gauge.ts";
import { floor, lastHalf, median, type Point, slopePerHour, thirds, windows } from "./series.ts";

/** What is wrong when there is any of it, besides the series: texts for people. */
export type Faults = readonly string[];

/** How a series began and ended. */
export interface Trend {
  /** Typical values of the first and the last third after the warm-up. */
  readonly first: number;
  readonly last: number;
  /** By Theil and Sen, in a long run over the last half; left out in a run that is too short for it, and where no rule asks. */
  readonly perHour?: number;
  readonly unit: string;
}

export interface Verdict {
  readonly ok: boolean;
  /** Why not. */
  readonly reasons: readonly string[];
  /** Minutes of the process that is judged, after the warm-up. */
  readonly judgedMinutes: number;
  readonly trends: Readonly<Partial<Record<string, Trend>>>;
}

interface Rule {
  readonly unit: string;
  /** The value in that unit; undefined where it is not told. */
  readonly read: (sample: Sample, before: Sample) => number | undefined;
  /** Memory is a saw-tooth, and connections have peaks: only what is left of them is compared. */
  readonly byFloors: boolean;
  /** How much more the last third may have: absolute, or this part of the first third. */
  readonly mayGrow: number;
  readonly mayGrowPart: number;
  /** How much it may grow in an hour; left out: as much as it likes. */
  readonly perHour?: number;
  /** That holds from so many judged minutes on; in shorter runs it may have so much more, as garbage is not collected once in a third. */
  readonly fromMinutes: number;
  readonly mayGrowShort: number;
  /** In a long run, where that is stricter: how much more the last third may have, and how much it may grow over the last half: what it varies by. */
  readonly long?: { readonly mayGrow: number; readonly inHalf: number };
}

const MIB = 1024 * 1024;

const inMib = (bytes: number | undefined): number | undefined => bytes && bytes / MIB;

/** The heap finds what JavaScript keeps; RSS, which goes up and down as V8 takes and gives back pages, what leaks outside of it. */
const RULES: Readonly<Record<string, Rule>> = {
  rss: {
    unit: "MiB",
    read: (s) => inMib(s.rssBytes),
    byFloors: true,
    mayGrow: 20,
    mayGrowPart: 0.1,
    perHour: 15,
    fromMinutes: 30,
    mayGrowShort: 120,
    long: { mayGrow: 10, inHalf: 4 },
  },
  heap: {
    unit: "MiB",
    read: (s) => inMib(s.heapBytes),
    byFloors: true,
    mayGrow: 8,
    mayGrowPart: 0.06,
    perHour: 4,
    fromMinutes: 10,
    mayGrowShort: 40,
    long: { mayGrow: 5, inHalf: 2 },
  },
  external: {
    unit: "MiB",
    read: (s) => inMib(s.externalBytes),
    byFloors: true,
    mayGrow: 4,
    mayGrowPart: 0.1,
    perHour: 3,
    fromMinutes: 10,
    mayGrowShort: 40,
    long: { mayGrow: 3, inHalf: 1.5 },
  },
  descriptors: {
    unit: "",
    read: (s) => s.fds,
    byFloors: true,
    mayGrow: 5,
    mayGrowPart: 0,
    perHour: 4,
    fromMinutes: 10,
    mayGrowShort: 10,
    long: { mayGrow: 3, inHalf: 2 },
  },
  threads: {
    unit: "",
    read: (s) => s.threads,
    byFloors: false,
    mayGrow: 2,
    mayGrowPart: 0,
    perHour: 2,
    fromMinutes: 0,
    mayGrowShort: 2,
    long: { mayGrow: 2, inHalf: 1 },
  },
  // The work stays the same, and so shall what it costs; a busy machine makes it dearer.
  cpu: {
    unit: "s a minute",
    read: cpuPerMinute,
    byFloors: false,
    mayGrow: 2,
    mayGrowPart: 0.5,
    fromMinutes: 30,
    mayGrowShort: Infinity,
  },
  // Troubles and a busy machine make it late, but not ever later.
  loopLag: {
    unit: "ms",
    read: (s) => s.loopLagP99Seconds && s.loopLagP99Seconds * 1000,
    byFloors: false,
    mayGrow: 50,
    mayGrowPart: 1,
    fromMinutes: 30,
    mayGrowShort: Infinity,
  },
};

/** A quarter of the run is for warming up, and this at most, in minutes: code is compiled, the heap finds its size, caches fill. */
const WARM_UP_PART = 0.25;
const WARM_UP_MINUTES = 15;
/** Slopes count from so many minutes on: before, noise of a few MiB would be tens of them an hour. */
const SLOPE_MINUTES = 30;
/**
 * From so many judged minutes on, a run is long: what grows over the last half is judged, when all is warm. It may be no more than what flat memory varies by,
 * however long the half is, so that a run of twice the time notices a leak of half the size.
 */
const LONG_MINUTES = 60;
/** The slope is that of so many floors or medians; in a long run each is of more minutes than garbage collection takes to come by (2 to 3). */
const WINDOWS = 6;
/** The process that lived longest must have lived for such a part of the run, or nothing is shown. */
const LIFE_PART = 0.5;

/**
 * Whether the operator's use was flat. The first and the last third, by their floors or their medians, show what grew, whatever its shape; the slope of
 * Theil and Sen, in a long run over its last half, shows what would go on growing; no single peak moves either. Only the process that lived longest is judged, since a restart hides what leaked.
 *
 * @param minutes how long the run was meant to be
 */
export function verdictOf(samples: readonly Sample[], minutes: number, faults: Faults): Verdict {
  const life = longestLife(samples);
  const warmUp = Math.min(WARM_UP_MINUTES, WARM_UP_PART * minutes) * 60;
  const judged = life.filter(({ at }) => at >= (life[0]?.at ?? 0) + warmUp);
  const judgedMinutes = (spanOf(judged) ?? 0) / 60;
  const reasons = [...faults];
  if ((spanOf(life) ?? 0) < LIFE_PART * minutes * 60)
    reasons.push(`no process lived for half of the ${minutes} minutes: nothing is shown`);
  const trends: Partial<Record<string, Trend>> = {};
  for (const [key, rule] of Object.entries(RULES)) {
    const points = judged.slice(1).flatMap((sample, index) => {
      const value = rule.read(sample, judged[index] ?? sample);
      return value === undefined ? [] : [{ at: sample.at, value }];
    });
    if (points.length === 0) continue;
    const trend = trendOf(points, rule, judgedMinutes);
    trends[key] = trend;
    reasons.push(...problemsOf(key, trend, rule, judgedMinutes));
  }
  if (!trends.rss) reasons.push("there are no samples to judge");
  else if (!trends.heap)
    reasons.push("the metrics do not tell the heap: what RSS alone shows is garbage for the most part");
  return { ok: reasons.length === 0, reasons, judgedMinutes, trends };
}

function longestLife(samples: readonly Sample[]): readonly Sample[] {
  const lives = [...Map.groupBy(samples, ({ life }) => life).values()];
  return lives.toSorted((a, b) => (spanOf(b) ?? 0) - (spanOf(a) ?? 0))[0] ?? [];
}

/** From the first to the last, in seconds. */
function spanOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  return first && last && last.at - first.at;
}

function trendOf(points: readonly Point[], { byFloors, unit, perHour }: Rule, minutes: number): Trend {
  const of = byFloors ? floor : median;
  const { first, last } = thirds(byFloors ? windows(points, WINDOWS, floor) : points);
  const trend = { first: of(first), last: of(last), unit };
  if (perHour === undefined || minutes < SLOPE_MINUTES) return trend;
  return { ...trend, perHour: slopePerHour(windows(minutes < LONG_MINUTES ? points : lastHalf(points), WINDOWS, of)) };
}

function problemsOf(key: string, { first, last, perHour }: Trend, rule: Rule, minutes: number): readonly string[] {
  const problems: string[] = [];
  const limits = limitsOf(rule, first, minutes);
  const say = (value: number): string => `${value.toFixed(Math.abs(value) < 1 ? 2 : 1)} ${rule.unit}`.trim();
  if (!(last - first <= limits.mayGrow))
    problems.push(`${key} grew from ${say(first)} to ${say(last)}: at most ${say(limits.mayGrow)} more are flat`);
  if (perHour !== undefined && !(perHour <= limits.perHour))
    problems.push(`${key} grows by ${say(perHour)} an hour: at most ${say(limits.perHour)} are flat`);
  return problems;
}

/** What is flat in a run of so many judged minutes. */
function limitsOf(rule: Rule, first: number, minutes: number): { readonly mayGrow: number; readonly perHour: number } {
  const { mayGrow, mayGrowPart, mayGrowShort, perHour = Infinity, fromMinutes, long } = rule;
  if (long && minutes >= LONG_MINUTES)
    return { mayGrow: long.mayGrow, perHour: Math.min(perHour, (long.inHalf * 120) / minutes) };
  return { mayGrow: minutes >= fromMinutes ? Math.max(mayGrow, mayGrowPart * first) : mayGrowShort, perHour };
}

function cpuPerMinute({ at, cpuSeconds }: Sample, before: Sample): number {
  return ((cpuSeconds - before.cpuSeconds) / (at - before.at)) * 60;
}
