import { describe, expect, it } from "vitest";
import { Gathering, Pace } from "../../../src/azure/pace.ts";

const READS_PER_SECOND = 25;

describe("how far apart quick LISTs begin", () => {
  const paceOf = (perSecond = READS_PER_SECOND): Pace => new Pace(() => perSecond, 0);

  it.each<[story: string, pages: number, perSecond: number, periodMs: number]>([
    ["one page", 1, 25, 2_000],
    ["15 pages: still no more often", 15, 25, 2_000],
    ["50 pages: by the budget", 50, 25, 50_000 / 7.5],
    ["50 pages, with a quarter of the budget", 50, 6.25, 200_000 / 7.5],
  ])("%s", (_story, pages, perSecond, periodMs) => {
    expect(paceOf(perSecond).periodMs(1_000, pages, 600_000)).toBeCloseTo(periodMs, 3);
  });

  it("is less while operations end, and for a while after, from what was saved", () => {
    const pace = paceOf();
    for (let ended = 0; ended < 10; ended += 1) pace.ended(600_000);
    expect(pace.periodMs(1_000, 50, 600_000)).toBeCloseTo(50_000 / 20, 3);
    expect(pace.periodMs(1_000, 50, 620_000)).toBeCloseTo(50_000 / 20, 3);
    expect(pace.periodMs(1_000, 50, 625_000)).toBeCloseTo(50_000 / 7.5, 3);
  });

  it("is not less for one operation in a thousand", () => {
    const pace = paceOf();
    pace.ended(600_000);
    expect(pace.periodMs(1_000, 50, 600_000)).toBeCloseTo(50_000 / 7.5, 3);
    expect(pace.periodMs(20, 50, 600_000)).toBeCloseTo(50_000 / 20, 3);
  });

  it("is not less once what was saved is spent", () => {
    const pace = paceOf();
    pace.ended(0);
    expect(pace.periodMs(20, 50, 0)).toBeCloseTo(50_000 / 7.5, 3);
    expect(pace.periodMs(20, 50, 4_200)).toBeCloseTo(50_000 / 20, 3);
    pace.read(4_200);
    expect(pace.periodMs(20, 50, 4_200)).toBeCloseTo(50_000 / 7.5, 3);
  });

  it("uses at most half of the reads on the average, over an hour in which operations end all the time", () => {
    const pace = paceOf();
    let pages = 0;
    for (let now = 0; now < 3_600_000;) {
      pace.ended(now);
      for (let page = 0; page < 50; page += 1) pace.read(now);
      pages += 50;
      now += pace.periodMs(20, 50, now);
    }
    expect(pages / (3_600 * READS_PER_SECOND)).toBeLessThanOrEqual(0.51);
    expect(pages / (3_600 * READS_PER_SECOND)).toBeGreaterThan(0.43);
  });
});

describe("whether LISTs follow operations", () => {
  it.each<[story: string, working: number, pages: number, isListed: boolean, expected: boolean]>([
    ["ten are few", 10, 1, false, false],
    ["eleven of a small fleet are not", 11, 1, false, true],
    ["six are still followed by LISTs", 6, 1, true, true],
    ["five are not", 5, 1, true, false],
    ["1,000 of 1,000", 1_000, 50, false, true],
    ["100 of 10,000: their URLs show it sooner", 100, 500, false, false],
    ["1,000 of 10,000: they cannot all be asked every 15 s", 1_000, 500, false, true],
  ])("%s", (_story, working, pages, isListed, expected) => {
    expect(new Pace(() => READS_PER_SECOND, 0).prefersLists(working, pages, isListed)).toBe(expected);
  });
});

describe("pools that are named one after the other", () => {
  it("are awaited until none came for a moment", () => {
    const gathering = new Gathering(0);
    expect(gathering.until).toBe(0);
    for (const now of [10_000, 10_100, 10_300]) gathering.came(now);
    expect(gathering.until).toBe(10_550);
  });

  it("are awaited for two seconds at most, however many come", () => {
    const gathering = new Gathering(0);
    for (let now = 10_000; now <= 12_100; now += 50) gathering.came(now);
    expect(gathering.until).toBe(12_000);
  });

  it("are awaited anew after a rest", () => {
    const gathering = new Gathering(0);
    for (const now of [10_000, 20_000]) gathering.came(now);
    expect(gathering.until).toBe(20_250);
  });
});
