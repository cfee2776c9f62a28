import { describe, expect, it } from "vitest";
import { Throttle } from "../../../src/azure/throttle.ts";
import { FakeClock } from "../../time/fake-clock.ts";

describe("a pause that Azure asked for", () => {
  it.each<[first: number | undefined, second: number | undefined]>([
    [60_000, 5_000],
    [5_000, 60_000],
    [60_000, undefined],
  ])("lasts as long as the longest of two that came together: %j and %j", async (first, second) => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    const call = (): void => throttle.check("read", "subscription");
    throttle.closeFor("read", "subscription", first);
    throttle.closeFor("read", "subscription", second);
    await clock.advance(59_999);
    expect(call).toThrow("Azure asked for a pause of all reads");
    await clock.advance(1);
    expect(call).not.toThrow();
  });
});
