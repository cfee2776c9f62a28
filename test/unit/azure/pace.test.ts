import { describe, expect, it } from "vitest";
import { Gathering, Pace } from "../../../src/azure/pace.ts";

const READS_PER_SECOND = 25;

describe("how far apart quick LISTs begin", () => {
  const paceOf = (perSecond = READS_PER_SECOND): Pace => new Pace(() => perSecond, 0);

  it.each<[story: string, pages: number, perSecond: number, periodMs: number]>([
    ["one page", 1, 25, 2_000],
    ["18 pages: still no more often", 18, 25, 2_000],
    ["50 pages: by the budget", 50, 25, 50_000 / 9],
    ["50 pages, with a quarter of the budget", 50, 6.25, 200_000 / 9],
  ])("%s", (_story, pages, perSecond, periodMs) => {
    expect(paceOf(perSecond).periodMs(pages, 600_000)).toBeCloseTo(periodMs, 3);
  });

  it("is less for half a minute after an operation has ended, from what was saved", () => {
    const pace = paceOf();
    pace.ended(600_000);
    expect(pace.periodMs(50, 600_000)).toBeCloseTo(50_000 / 22.5, 3);
    expect(pace.periodMs(50, 629_999)).toBeCloseTo(50_000 / 22.5, 3);
    expect(pace.periodMs(50, 630_000)).toBeCloseTo(50_000 / 9, 3);
  });

  it("is not less once what was saved is spent", () => {
    const pace = paceOf();
    pace.ended(0);
    expect(pace.periodMs(50, 0)).toBeCloseTo(50_000 / 9, 3);
    expect(pace.periodMs(50, 4_000)).toBeCloseTo(50_000 / 22.5, 3);
    pace.read(4_000);
    expect(pace.periodMs(50, 4_000)).toBeCloseTo(50_000 / 9, 3);
  });

  it("uses at most half of the reads on the average, over an hour in which operations end all the time", () => {
    const pace = paceOf();
    let pages = 0;
    for (let now = 0; now < 3_600_000;) {
      pace.ended(now);
      for (let page = 0; page < 50; page += 1) pace.read(now);
      pages += 50;
      now += pace.periodMs(50, now);
    }
    expect(pages / (3_600 * READS_PER_SECOND)).toBeLessThanOrEqual(0.51);
    expect(pages / (3_600 * READS_PER_SECOND)).toBeGreaterThan(0.45);
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
