import type { Sample } from "./gauge.ts";
import { floors, median, type Point, slopePerHour, thirds } from "./series.ts";

/** What is wrong when there is any of it, besides the series: texts for people. */
export type Faults = readonly string[];

/** How a series began and ended. */
export interface Trend {
  /** Typical values of the first and the last third after the warm-up. */
  readonly first: number;
  readonly last: number;
  /** By Theil and Sen; left out in a run that is too short for it. */
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
  /** Garbage collection makes a saw-tooth: only what it leaves is compared. */
  readonly byFloors: boolean;
  /** How much more the last third may have: absolute, or this part of the first third. */
  readonly mayGrow: number;
  readonly mayGrowPart: number;
  /** How much it may grow in an hour. */
  readonly perHour: number;
  /** How much more the last third may have in a run that is too short for slopes: memory is not settled there. */
  readonly mayGrowShort: number;
}

const MIB = 1024 * 1024;

const inMib = (bytes: number | undefined): number | undefined => bytes && bytes / MIB;

const RULES: Readonly<Record<string, Rule>> = {
  rss: {
    unit: "MiB",
    read: (s) => inMib(s.rssBytes),
    byFloors: true,
    mayGrow: 8,
    mayGrowPart: 0.06,
    perHour: 6,
    mayGrowShort: 60,
  },
  heap: {
    unit: "MiB",
    read: (s) => inMib(s.heapBytes),
    byFloors: true,
    mayGrow: 4,
    mayGrowPart: 0.1,
    perHour: 3,
    mayGrowShort: 40,
  },
  external: {
    unit: "MiB",
    read: (s) => inMib(s.externalBytes),
    byFloors: true,
    mayGrow: 4,
    mayGrowPart: 0.1,
    perHour: 3,
    mayGrowShort: 20,
  },
  descriptors: {
    unit: "",
    read: (s) => s.fds,
    byFloors: false,
    mayGrow: 5,
    mayGrowPart: 0,
    perHour: 4,
    mayGrowShort: 10,
  },
  threads: {
    unit: "",
    read: (s) => s.threads,
    byFloors: false,
    mayGrow: 2,
    mayGrowPart: 0,
    perHour: 2,
    mayGrowShort: 2,
  },
  // The work stays the same, and so shall what it costs; a busy machine makes it dearer.
  cpu: {
    unit: "s a minute",
    read: cpuPerMinute,
    byFloors: false,
    mayGrow: 2,
    mayGrowPart: 0.5,
    perHour: Infinity,
    mayGrowShort: Infinity,
  },
};

/** A quarter of the run is for warming up, and this at most, in minutes: code is compiled, the heap finds its size, caches fill. */
const WARM_UP_PART = 0.25;
const WARM_UP_MINUTES = 15;
/** Slopes count from so many minutes on: before, noise of a few MiB would be tens of them an hour. */
const SLOPE_MINUTES = 30;
/** Each third has four floors, each of minutes, with several collections in them. */
const WINDOWS = 12;
/** The process that lived longest must have lived for such a part of the run, or nothing is shown. */
const LIFE_PART = 0.5;

/**
 * Whether the operator's use was flat. The medians of the first and the last third show what grew, whatever its shape; the slope of Theil and Sen shows
 * what would go on growing; neither is moved by single outliers. Only the process that lived longest is judged, since a restart hides what leaked.
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
    const trend = trendOf(points, rule, judgedMinutes >= SLOPE_MINUTES);
    trends[key] = trend;
    reasons.push(...problemsOf(key, trend, rule));
  }
  if (trends.rss === undefined) reasons.push("there are no samples to judge");
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

function trendOf(points: readonly Point[], { byFloors, unit }: Rule, isLong: boolean): Trend {
  const typical = byFloors ? floors(points, WINDOWS) : points;
  const { first, last } = thirds(typical);
  return { first: median(first), last: median(last), unit, ...(isLong ? { perHour: slopePerHour(typical) } : {}) };
}

function problemsOf(key: string, { first, last, perHour }: Trend, rule: Rule): readonly string[] {
  const problems: string[] = [];
  const mayGrow = perHour !== undefined ? Math.max(rule.mayGrow, rule.mayGrowPart * first) : rule.mayGrowShort;
  const say = (value: number): string => `${value.toFixed(1)} ${rule.unit}`.trim();
  if (!(last - first <= mayGrow))
    problems.push(`${key} grew from ${say(first)} to ${say(last)}: at most ${say(mayGrow)} more are flat`);
  if (perHour !== undefined && !(perHour <= rule.perHour))
    problems.push(`${key} grows by ${say(perHour)} an hour: at most ${say(rule.perHour)} are flat`);
  return problems;
}

function cpuPerMinute({ at, cpuSeconds }: Sample, before: Sample): number {
  return ((cpuSeconds - before.cpuSeconds) / (at - before.at)) * 60;
}
