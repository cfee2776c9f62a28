import { describe, expect, it } from "vitest";
import { measureScale } from "../../bench/scale/scale.ts";
import { tableOf } from "../../bench/scale/table.ts";
import { ScaleWorld } from "../../bench/scale/world.ts";
import { custom } from "../../simulation/specs.ts";

const OPTIONS = { seed: 1, pageSize: 20, flags: [], tell: (): void => undefined };

/** The keys that readers of the JSON rely on, in their order. */
const KEYS = [
  "pools",
  "callsPerMinuteAtRest",
  "getsPerMinutePeer",
  "writesAtRest",
  "putFloorSeconds",
  "putSeconds",
  "throttled",
  "editDelaySeconds",
  "readyLagP50",
  "readyLagP99",
];

describe("the scale bench", () => {
  it("measures a few pools from their making to rest", async () => {
    const result = await measureScale({ ...OPTIONS, pools: 20, stormPools: 20 });
    expect(Object.keys(result).slice(0, KEYS.length)).toEqual(KEYS);
    expect(Object.values(result)).not.toContain(null);
    expect(result).toMatchObject({
      pools: 20,
      clock: "virtual",
      problems: [],
      getsPerMinutePeer: 4,
      putFloorSeconds: 0,
      writesAtRest: 0,
      putsTaken: 20,
      throttled: 0,
      callsBeforeRetryAfter: 0,
    });
    expect(result.callsPerMinuteAtRest).toBeGreaterThan(0);
    expect(result.stormRefusals).toBeGreaterThan(0);
    expect(tableOf(result)).not.toContain("–");
  });

  it("says so when a phase does not come to its end, and has no figure then", async () => {
    // The operator looks elsewhere, so nothing is ever done.
    const result = await measureScale({
      ...OPTIONS,
      pools: 10,
      stormPools: 10,
      flags: ["--namespaces", "elsewhere", "--cluster-id", "one"],
    });
    const { problems, throttled, putSeconds, readyLagP50, callsPerMinuteAtRest, peakAfterStorm } = result;
    expect([throttled, putSeconds, readyLagP50, callsPerMinuteAtRest, peakAfterStorm]).toEqual(Array(5).fill(null));
    expect(problems).toEqual([
      expect.stringContaining('"the first pools are Ready" was not so after 2:00:00 of virtual time'),
      expect.stringContaining(
        '"half of the PUTs are taken" was not so after 2:00:00 of virtual time (0 of 10; 0 calls',
      ),
    ]);
  });
});

describe("a world of the bench", () => {
  it("is the same for a seed, and another for another", async () => {
    const endOf = async (seed: number): Promise<readonly unknown[]> => {
      const world = new ScaleWorld({ ...OPTIONS, seed, title: "" });
      world.create("alpha", custom());
      world.start();
      await world.until("Ready", 3_600_000, () => world.readyAt.has("alpha"));
      world.end();
      return [world.readyAt.get("alpha"), world.endOfWork("alpha"), world.meter.counts];
    };
    const [first, again, other] = [await endOf(1), await endOf(1), await endOf(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
