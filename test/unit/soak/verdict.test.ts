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
    ["a saw-tooth of garbage collection", (minute) => heap(60 + ((minute * 7) % 40))],
    ["a saw-tooth with slow teeth", (minute) => heap(60 + (minute % 5) * 12)],
    ["a step of some MiB", (minute) => rss(minute < 60 ? 150 : 155)],
    ["single peaks", (minute) => rss(minute % 30 === 0 ? 400 : 150)],
    ["descriptors that come back after a peak", (minute) => ({ fds: minute > 50 && minute < 70 ? 130 : 30 })],
    ["sinking", (minute) => rss(200 - minute / 4)],
    ["much noise", () => rss(140 + 40 * noise())],
    ["work that takes longer on a busy machine", (minute) => ({ cpuSeconds: minute * (minute > 60 ? 4 : 3) })],
  ])("passes what is %s", (_, use) => {
    expect(verdictOf(samplesOf(LONG, use), LONG, [])).toMatchObject({ ok: true, reasons: [], judgedMinutes: 104.75 });
  });

  it.each<[series: string, use: Use, reason: RegExp]>([
    ["RSS that leaks 20 MiB an hour", (minute) => rss(150 + minute / 3), /^rss grows by 20\.0 MiB an hour/],
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
