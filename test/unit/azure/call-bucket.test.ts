import { describe, expect, it } from "vitest";
import { CallBucket, type Receipt } from "../../../src/azure/call-bucket.ts";
import { DOCUMENTED, load } from "./azure-bucket.ts";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 3);
const SEED = Number(process.env.PROPERTY_SEED ?? 1);
const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index);
const FOUR_TIMES = { capacity: 800, perSecond: 40 };

/** Makes all calls that can be made at this moment; they are answered at once, without a count. @returns how many */
function drain(bucket: CallBucket, now: number): number {
  let made = 0;
  for (; bucket.available(now) >= 1; made += 1) {
    bucket.pay(now);
    bucket.end();
  }
  return made;
}

describe("a bucket as documented", () => {
  it.each<[story: string, share: number, atOnce: number, perSecond: number]>([
    ["all of it, less a reserve for calls that are not ours", 1, 190, 10],
    ["a quarter of it", 0.25, 47, 2.5],
    ["so small a share that there is nothing to hold back", 0.005, 1, 0.05],
  ])("gives %s, and then as many as come back", (_story, share, atOnce, perSecond) => {
    const bucket = new CallBucket(DOCUMENTED, share, 0);
    expect(drain(bucket, 0)).toBe(atOnce);
    const later = 100_000 / perSecond;
    expect(bucket.waitMs(0)).toBeLessThanOrEqual(1000 / perSecond);
    let made = 0;
    for (let now = 1; now <= later; now += 10) made += drain(bucket, now);
    expect(made).toBeGreaterThanOrEqual(99);
    expect(made).toBeLessThanOrEqual(101);
  });

  it("fills up again, and not over its edge", () => {
    const bucket = new CallBucket(DOCUMENTED, 1, 0);
    drain(bucket, 0);
    expect(bucket.available(3_600_000)).toBe(190);
  });

  it("takes back what was paid and not used", () => {
    const bucket = new CallBucket(DOCUMENTED, 1, 0);
    drain(bucket, 0);
    bucket.pay(0);
    bucket.refund();
    expect(drain(bucket, 0)).toBe(0);
    expect(bucket.waitMs(0)).toBe(100);
  });
});

describe("Azure's count in an answer", () => {
  /** 100 calls are on their way, and the answer to one of them comes. */
  const onTheirWay = (share = 1): { bucket: CallBucket; receipts: Receipt[] } => {
    const bucket = new CallBucket(DOCUMENTED, share, 0);
    return { bucket, receipts: Array.from({ length: 100 * share }, () => bucket.pay(0)) };
  };

  it.each<[story: string, remaining: number, left: number]>([
    ["the first to arrive says nothing of those that come after it", 199, 100],
    ["nor does the last", 100, 100],
    ["somebody else has made calls", 60, 60],
    ["nothing is left", 0, 0],
    ["there is more than is documented, less those that come after it", 799, 700],
  ])("%s", (_story, remaining, left) => {
    const { bucket, receipts } = onTheirWay();
    bucket.end();
    bucket.follow(remaining, receipts[0] as Receipt, 0);
    const reserve = Math.max(200, remaining) * 0.05;
    expect(bucket.available(0)).toBe(Math.max(0, left - reserve));
  });

  it("corrects once what many answers say", () => {
    const { bucket, receipts } = onTheirWay();
    for (const [index, receipt] of receipts.entries()) {
      bucket.end();
      bucket.follow(149 - index, receipt, 0);
    }
    expect(bucket.available(0)).toBe(50 - 10);
  });

  it("counts what came back while it was on its way", () => {
    const { bucket, receipts } = onTheirWay();
    bucket.end();
    bucket.follow(60, receipts[0] as Receipt, 2_000);
    expect(bucket.available(2_000)).toBe(60 + 20 - 10);
  });

  it("leaves to other processes what they have not used, and gives each its part of a larger bucket", () => {
    const { bucket, receipts } = onTheirWay(0.25);
    bucket.end();
    bucket.follow(170, receipts[0] as Receipt, 0);
    expect(bucket.available(0)).toBe(50 - 25 - 2.5);
    bucket.end();
    bucket.follow(800, receipts[1] as Receipt, 0);
    expect(bucket.available(0)).toBe(200 - 25 - 10);
  });
});

describe("a pause that Azure asks for", () => {
  it("gives nothing before its end, and no burst after it", () => {
    const bucket = new CallBucket(DOCUMENTED, 1, 0);
    bucket.close(0, 30_000);
    expect([bucket.available(29_999), bucket.closedUntil, bucket.waitMs(0)]).toEqual([0, 30_000, 30_100]);
    expect(drain(bucket, 30_000)).toBe(0);
    let made = 0;
    for (let now = 30_000; now <= 40_000; now += 100) made += drain(bucket, now);
    expect(made).toBe(100);
  });

  it("teaches caution where answers say what is left: then only what they say is counted on", () => {
    const bucket = new CallBucket(DOCUMENTED, 1, 0);
    const receipt = bucket.pay(0);
    bucket.end();
    bucket.follow(199, receipt, 0);
    bucket.close(0, 30_000);
    let made = 0;
    for (let now = 30_000; now <= 40_000; now += 100) made += drain(bucket, now);
    expect(made).toBe(50);
  });

  it("lasts as long as the longest that was asked for", () => {
    const bucket = new CallBucket(DOCUMENTED, 1, 0);
    bucket.close(0, 30_000);
    bucket.close(1_000, 5_000);
    expect(bucket.closedUntil).toBe(30_000);
  });
});

describe("against Azure's own bucket, with answers up to 6 s late", { timeout: 60_000 }, () => {
  const floor = (calls: number, { capacity, perSecond } = DOCUMENTED): number => (calls - capacity) / perSecond;
  it.each<[story: string, options: Omit<Parameters<typeof load>[0], "seed">, floorSeconds: number]>([
    ["1,000 calls", { latencyMs: 6_000, calls: 1_000 }, floor(1_000)],
    ["1,000 calls that are answered soon", { latencyMs: 300, calls: 1_000 }, floor(1_000)],
    ["limits four times as large", { latencyMs: 6_000, calls: 5_000, size: FOUR_TIMES }, floor(5_000, FOUR_TIMES)],
    ["limits four times as large, soon", { latencyMs: 300, calls: 5_000, size: FOUR_TIMES }, floor(5_000, FOUR_TIMES)],
    ["four processes with a quarter each", { latencyMs: 6_000, calls: 300, processes: 4 }, floor(1_200)],
    ["one of them while the others rest", { latencyMs: 6_000, calls: 300, share: 0.25 }, floor(1_200)],
    ["somebody else takes half, with answers that come soon", { latencyMs: 300, calls: 1_000, others: 5 }, 160],
  ])(
    "%s: none is refused, and it takes at most a twentieth longer than it must",
    async (_story, options, floorSeconds) => {
      for (const seed of seeds) {
        const { refused, seconds } = await load({ seed, ...options });
        expect(refused, `seed ${seed}`).toBe(0);
        // The last one is on its way for half of that.
        expect(seconds, `seed ${seed}`).toBeLessThan(1.05 * floorSeconds + options.latencyMs / 2_000);
      }
    },
  );

  // Before the first answers come, nothing says that there is somebody else.
  it("somebody else takes half: one pause teaches it, and it takes at most a twentieth longer", async () => {
    for (const seed of seeds) {
      const { pauses, refused, seconds } = await load({ seed, latencyMs: 6_000, calls: 1_000, others: 5 });
      expect(pauses, `seed ${seed}`).toBeLessThanOrEqual(1);
      expect(refused, `seed ${seed}`).toBeLessThan(20);
      expect(seconds, `seed ${seed}`).toBeLessThan(1.05 * 160 + 3);
    }
  });
});
