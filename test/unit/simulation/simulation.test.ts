import { describe, expect, it } from "vitest";
import { experiments } from "../../simulation/campaigns.ts";
import { conduct, referenceOf } from "../../simulation/experiments.ts";
import { randomRun } from "../../simulation/random.ts";
import { SCENARIOS } from "../../simulation/scenarios.ts";

describe("the simulation", () => {
  it.each(SCENARIOS)("$name: $story", async ({ name }) => {
    expect((await referenceOf(name)).violations).toEqual([]);
  });

  it("plays a seed again call by call and byte by byte", async () => {
    const [first, second, other] = [await randomRun(7), await randomRun(7), await randomRun(8)];
    expect(second.trace).toEqual(first.trace);
    expect(other.digest).not.toBe(first.digest);
  });

  it("tells what was sent, what came back, what was injected", async () => {
    const { trace, violations } = await conduct({
      campaign: "R3",
      scenario: "S2",
      seed: 1,
      fault: { call: 7, name: "503 for 20 s" },
    });
    expect(violations).toEqual([]);
    const call = trace.filter((line) => line.includes("#7 "));
    expect(call.map((line) => line.slice(18, 60).trim())).toEqual([
      expect.stringMatching(/^#7 → GET pool alpha/),
      expect.stringMatching(/^#7 ✗ injected: another answer/),
      expect.stringMatching(/^#7 ← 503 Retry-After 20/),
    ]);
  });

  it("makes as many runs as a campaign is worth", async () => {
    const counts = new Map<string, number>();
    for (const { campaign } of await experiments(false)) counts.set(campaign, (counts.get(campaign) ?? 0) + 1);
    expect(counts.get("R1")).toBeGreaterThanOrEqual(200);
    expect(counts.get("R2")).toBeGreaterThanOrEqual(500);
    expect(counts.get("R8")).toBeGreaterThanOrEqual(1200);
    expect(counts.get("R9")).toBeGreaterThanOrEqual(900);
    expect(counts.get("R3")).toBeGreaterThanOrEqual(1500);
    expect(counts.get("R11")).toBeGreaterThanOrEqual(1500);
    expect(counts.get("R12")).toBeGreaterThanOrEqual(1500);
    expect([...counts.keys()].sort()).toEqual([
      "P12",
      "R0",
      "R1",
      "R10",
      "R11",
      "R12",
      "R14",
      "R2",
      "R3",
      "R4",
      "R5",
      "R6",
      "R7",
      "R8",
      "R9",
    ]);
  }, 60_000);
});
