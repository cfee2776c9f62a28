import { describe, expect, it } from "vitest";
import { durationMs } from "../../../src/api/duration.ts";

describe("a duration", () => {
  it.each<[text: string, ms: number | undefined]>([
    ["1s", 1_000],
    ["90s", 90_000],
    ["5m", 300_000],
    ["24h", 86_400_000],
    ["9999999h", 9_999_999 * 3_600_000],
    ["", undefined],
    ["0s", undefined],
    ["05m", undefined],
    ["300", undefined],
    ["s", undefined],
    ["1.5h", undefined],
    ["1h30m", undefined],
    ["-5m", undefined],
    ["5 m", undefined],
    ["5M", undefined],
    ["5ms", undefined],
    ["5d", undefined],
    ["5m\n", undefined],
    ["10000000h", undefined],
  ])("%j is %s ms", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});
