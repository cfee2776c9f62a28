import { describe, expect, it } from "vitest";
import { PoolTexts } from "../../../src/azure/pool-texts.ts";

/** A pool as they are, and with what packs badly. */
function poolOf(number: number): object {
  const env = Array.from({ length: 8 }, (_, index) => ({ name: `AGENT_SETTING_${index}`, value: `value ${number} ✓` }));
  return { id: `/subscriptions/s/sessionPools/pool-${number}`, properties: { provisioningState: "Succeeded", env } };
}

describe("pools that are kept", () => {
  it.each([0, 999, 1_000, 50_000])("are what they were, beside %i others", (count) => {
    const texts = new PoolTexts();
    const kept = [1, 2, 300].map((number) => texts.keep(poolOf(number), undefined, count));
    expect(kept.map((text) => texts.read(text))).toEqual([1, 2, 300].map(poolOf));
    expect(kept.every(({ isPacked }) => isPacked === count >= 1_000)).toBe(true);
  });

  it("take little memory when they are many", () => {
    const texts = new PoolTexts();
    const lengths = [1, 2, 3].map((number) => texts.keep(poolOf(number), undefined, 10_000).text.length);
    expect(Math.max(...lengths)).toBeLessThan(JSON.stringify(poolOf(1)).length / 4);
  });

  it.each([10, 10_000])("are the same or changed, beside %i others, also when there were fewer before", (count) => {
    const texts = new PoolTexts();
    for (const before of [0, count]) {
      const kept = texts.keep(poolOf(1), undefined, before);
      expect(texts.keep(poolOf(1), kept, count)).toBe(kept);
      const changed = texts.keep(poolOf(2), kept, count);
      expect(changed).not.toBe(kept);
      expect(texts.read(changed)).toEqual(poolOf(2));
    }
  });
});
