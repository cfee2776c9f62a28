import { describe, expect, it } from "vitest";
import type { Sample } from "../../soak/gauge.ts";
import { verdictOf } from "../../soak/verdict.ts";
import { numbers } from "../../time/numbers.ts";

const MIB = 1024 * 1024;
/** Minutes of a long run. */
const LONG = 120;

/** What a process uses at a minute since the soak began. */
type Use = (minute: number) => Partial<Sample>;

/** Samples as often as in such a run, of an operator like a real one: memory jitters by some MiB, sockets come and go. */
function samplesOf(minutes: number, use: Use = () => ({})): readonly Sample[] {
  const random = numbers(7);
  const perMinute = minutes < 15 ? 60 / minutes : 4;
  return Array.from({ length: minutes * perMinute }, (_, index) => {
    const minute = index / perMinute;
    return {
      at: minute * 60,
      life: 1,
      rssBytes: (150 + 6 * random()) * MIB,
      fds: 30 + Math.floor(random() * 4),
      sockets: 12,
      threads: 11,
      heapBytes: (80 + 30 * random()) * MIB,
      cpuSeconds: minute * 3,
      ...use(minute),
    };
  });
}

const rss = (mib: number): Partial<Sample> => ({ rssBytes: mib * MIB });
const heap = (mib: number): Partial<Sample> => ({ heapBytes: mib * MIB });
const noise = numbers(3);

describe("a long soak", () => {
  it.each<[series: string, use: Use]>([
    ["flat", () => ({})],
    ["warming up for ten minutes", (minute) => rss(150 + Math.min(minute, 10) * 8)],
    ["a saw-tooth of garbage collection", (minute) => heap(36 + ((minute * 4) % 12))],
    ["finding its size until the 80th minute", (minute) => heap(31.7 + 3.3 * Math.min(1, minute / 80))],
    ["a saw-tooth with slow teeth", (minute) => heap(60 + (minute % 5) * 12)],
    ["a step of some MiB", (minute) => rss(minute < 60 ? 150 : 155)],
    ["single peaks", (minute) => rss(minute % 30 === 0 ? 400 : 150)],
    ["descriptors that come back after a peak", (minute) => ({ fds: minute > 50 && minute < 70 ? 130 : 30 })],
    ["sinking", (minute) => rss(200 - minute / 4)],
    ["much noise", () => rss(140 + 40 * noise())],
    ["a loop that is late on a busy machine", (minute) => ({ loopLagP99Seconds: minute > 60 ? 0.06 : 0.02 })],
    ["work that takes longer on a busy machine", (minute) => ({ cpuSeconds: minute * (minute > 60 ? 4 : 3) })],
  ])("passes what is %s", (_, use) => {
    expect(verdictOf(samplesOf(LONG, use), LONG, [])).toMatchObject({ ok: true, reasons: [], judgedMinutes: 104.75 });
  });

  it.each<[series: string, use: Use, reason: RegExp]>([
    [
      "RSS that leaks 20 MiB an hour",
      (minute) => rss(150 + minute / 3),
      /^rss grows by 20\.\d MiB an hour: at most 4\.6 MiB/,
    ],
    ["RSS that leaks 14.5 MiB an hour", (minute) => rss(135 + (14.5 / 60) * minute), /^rss grows by 14\.\d/],
    ["RSS that leaks 5 MiB an hour", (minute) => rss(135 + (5 / 60) * minute), /^rss grows by \d/],
    ["a heap that leaks 3.8 MiB an hour", (minute) => heap(33 + (3.8 / 60) * minute), /^heap grows by 3\.\d/],
    ["a heap that leaks 2.5 MiB an hour", (minute) => heap(33 + (2.5 / 60) * minute), /^heap grows by 2\.\d/],
    ["a heap that leaks after it was flat", (minute) => heap(33 + Math.max(0, minute - 70) / 12), /^heap grows/],
    ["a loop that comes ever later", (minute) => ({ loopLagP99Seconds: 0.02 + minute / 1000 }), /^loopLag grew/],
    ["RSS that leaks with noise", (minute) => rss(150 + minute / 2 + 20 * noise()), /^rss grew/],
    ["a heap that leaks below its teeth", (minute) => heap(60 + ((minute * 7) % 40) + minute / 8), /^heap grows/],
    ["what is outside the heap", (minute) => ({ externalBytes: (10 + minute / 10) * MIB }), /^external grows/],
    ["a step of many MiB", (minute) => rss(minute < 70 ? 150 : 180), /^rss grew from 150\.0 MiB to 180\.0 MiB/],
    ["steps at each restart of the API server", (minute) => rss(150 + 4 * Math.floor(minute / 8)), /^rss grows/],
    ["a descriptor at each restart", (minute) => ({ fds: 30 + Math.floor(minute / 8) }), /^descriptors grew/],
    ["work that takes ever longer", (minute) => ({ cpuSeconds: minute * 3 + minute * minute * 0.1 }), /^cpu grew/],
    ["a thread now and then", (minute) => ({ threads: 11 + Math.floor(minute / 20) }), /^threads grew/],
  ])("fails %s", (_, use, reason) => {
    const verdict = verdictOf(samplesOf(LONG, use), LONG, []);
    expect(verdict.ok).toBe(false);
    expect(verdict.reasons).toContainEqual(expect.stringMatching(reason));
  });

  /** Garbage is collected every two to four minutes, when the heap has grown by some 12 MiB, and leaves now a MiB more and now one less. */
  function sawTooth(leakPerHour: number, random: () => number): (minute: number) => number {
    let [begun, lasts, base] = [0, 3, 0];
    return (minute) => {
      if (minute > begun + lasts) [begun, lasts, base] = [minute, 2 + 2 * random(), 2 * random() - 1];
      return 34 + base + (12 * (minute - begun)) / lasts + (leakPerHour * minute) / 60;
    };
  }

  // docs/footprint.md has these.
  it.each<[minutes: number, rssLimit: number, heapLimit: number]>([
    [80, 7.4, 3.7],
    [120, 4.6, 2.3],
    [480, 1.03, 0.52],
    [1440, 0.34, 0.17],
  ])(
    "of %s minutes notices leaks of twice %s MiB an hour of RSS and %s of the heap, and none that is not there",
    (minutes, rssLimit, heapLimit) => {
      const random = numbers(minutes);
      const reasonsOf = (rssLeak: number, heapLeak: number): readonly string[] => {
        const [outside, inside] = [sawTooth(rssLeak, random), sawTooth(heapLeak, random)];
        return verdictOf(
          samplesOf(minutes, (minute) => ({ ...rss(100 + outside(minute)), ...heap(inside(minute)) })),
          minutes,
          [],
        ).reasons;
      };
      const runs = Array.from({ length: minutes > 120 ? 3 : 20 });
      for (const _ of runs) {
        expect(reasonsOf(0, 0)).toEqual([]);
        expect(reasonsOf(2 * rssLimit, 0)).toContainEqual(expect.stringMatching(/^rss grows/));
        expect(reasonsOf(0, 2 * heapLimit)).toContainEqual(expect.stringMatching(/^heap grows/));
      }
    },
  );

  it("judges the process that lived longest, and none that lived for less than half of it", () => {
    // It leaks 30 MiB an hour; the restart sets it back.
    const leaking = (restart: number): readonly Sample[] =>
      samplesOf(LONG, (minute) => ({
        life: minute < restart ? 1 : 2,
        ...rss(150 + (minute < restart ? minute : minute - restart) / 2),
      }));
    expect(verdictOf(leaking(100), LONG, []).reasons).toContainEqual(expect.stringMatching(/^rss grows/));
    expect(verdictOf(leaking(15), LONG, []).judgedMinutes).toBe(89.75);
    const often = samplesOf(LONG, (minute) => ({ life: 1 + Math.floor(minute / 50) }));
    expect(verdictOf(often, LONG, []).reasons).toEqual([
      "no process lived for half of the 120 minutes: nothing is shown",
    ]);
  });

  it("passes on what else went wrong, and shows nothing without samples", () => {
    const reasons = ["/livez answered 503"];
    expect(verdictOf(samplesOf(LONG), LONG, reasons)).toMatchObject({ ok: false, reasons });
    expect(verdictOf([], LONG, []).ok).toBe(false);
    const untold = samplesOf(LONG).map(({ heapBytes: _heap, ...sample }) => sample);
    expect(verdictOf(untold, LONG, []).reasons).toContainEqual(expect.stringContaining("do not tell the heap"));
  });
});

describe("a soak of two minutes", () => {
  it("knows no slope and lets memory settle", () => {
    expect(
      verdictOf(
        samplesOf(2, (minute) => rss(100 + minute * 60)),
        2,
        [],
      ),
    ).toMatchObject({ ok: true });
  });

  it("does not take a peak of connections for a leak, as after a restart of the API server", () => {
    const peak = samplesOf(2, (minute) => ({ fds: minute > 0.9 && minute < 1.8 ? 140 : 35 }));
    expect(verdictOf(peak, 2, [])).toMatchObject({ ok: true });
  });

  it.each<[series: string, use: Use, reason: RegExp]>([
    ["memory that runs away", (minute) => heap(40 + minute * 80), /^heap grew/],
    ["descriptors that run away", (minute) => ({ fds: 30 + Math.floor(minute * 20) }), /^descriptors grew/],
  ])("fails %s", (_, use, reason) => {
    expect(verdictOf(samplesOf(2, use), 2, []).reasons).toContainEqual(expect.stringMatching(reason));
  });
});
