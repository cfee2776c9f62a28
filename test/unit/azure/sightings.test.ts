import { beforeEach, describe, expect, it } from "vitest";
import { idOfPool, type Seen, type Sighting, Sightings } from "../../../src/azure/sightings.ts";

interface Pool {
  readonly state?: string;
  readonly written?: string;
}
const READER = {
  isWorking: (pool: object) => (pool as Pool).state === "InProgress",
  lastWritten: (pool: object) => (pool as Pool).written,
};
const target = (
  name: string,
  resourceGroup = "rg",
): { subscriptionId: string; resourceGroup: string; name: string } => ({
  subscriptionId: "S",
  resourceGroup,
  name,
});

let sightings: Sightings;
let sighting: Sighting;

beforeEach(() => {
  sightings = new Sightings(READER);
  sighting = sightings.track("ns/a", target("a"), 300_000, 1_000);
});

/** What happens to what is known of a pool, with the time at which an answer was asked for. */
type Step =
  | readonly ["see", pool: Pool, askedAt: number, seen: Seen]
  | readonly ["miss", askedAt: number, seen: Seen]
  | readonly ["distrust", now: number];

function take(step: Step): Seen | undefined {
  if (step[0] === "see") return sightings.see(sighting, step[1], step[2]);
  if (step[0] === "miss") return sightings.miss(sighting, step[1], "LIST");
  sightings.distrust(sighting, step[1], false);
  return undefined;
}

describe("what is believed of a pool", () => {
  it.each<[rule: string, steps: readonly Step[], believed: Pool | "missing" | "nothing"]>([
    ["nothing, before it was seen", [], "nothing"],
    ["what was seen", [["see", { state: "Succeeded" }, 1_000, "changed"]], { state: "Succeeded" }],
    [
      "the same again is no change",
      [
        ["see", { state: "Succeeded" }, 1_000, "changed"],
        ["see", { state: "Succeeded" }, 2_000, "same"],
      ],
      { state: "Succeeded" },
    ],
    [
      "the later of two answers that came in another order",
      [
        ["see", { state: "Succeeded" }, 2_000, "changed"],
        ["see", { state: "InProgress" }, 1_000, "not believed"],
      ],
      { state: "Succeeded" },
    ],
    [
      "not what was asked for before our write",
      [
        ["distrust", 2_000],
        ["see", { state: "Succeeded" }, 1_999, "not believed"],
      ],
      "nothing",
    ],
    [
      "what was asked for after it",
      [
        ["distrust", 2_000],
        ["see", { state: "InProgress" }, 2_000, "changed"],
      ],
      { state: "InProgress" },
    ],
    [
      "nothing of what was known before our write",
      [
        ["see", { state: "Succeeded" }, 1_000, "changed"],
        ["distrust", 2_000],
      ],
      "nothing",
    ],
    [
      "not a copy that lags behind: it was written earlier than what was seen, whenever it was asked for",
      [
        ["see", { written: "2026-01-01T00:00:02.5" }, 1_000, "changed"],
        ["see", { written: "2026-01-01T00:00:02.1234567" }, 9_000, "out of date"],
        ["see", { written: "2026-01-01T00:00:02" }, 9_000, "out of date"],
      ],
      { written: "2026-01-01T00:00:02.5" },
    ],
    [
      "but what Azure goes on to say for ten minutes is so: its clocks differ",
      [
        ["see", { written: "2026-01-01T00:00:02.5" }, 1_000, "changed"],
        ["see", { written: "2026-01-01T00:00:02.1" }, 600_999, "out of date"],
        ["see", { written: "2026-01-01T00:00:02.1" }, 601_000, "changed"],
      ],
      { written: "2026-01-01T00:00:02.1" },
    ],
    [
      "nor one from before our write, by what the answer to it said",
      [
        ["see", { written: "2026-01-01T00:00:01" }, 1_000, "changed"],
        ["distrust", 2_000],
        ["see", { written: "2026-01-01T00:00:02", state: "InProgress" }, 2_000, "changed"],
        ["see", { written: "2026-01-01T00:00:01" }, 3_000, "out of date"],
      ],
      { written: "2026-01-01T00:00:02", state: "InProgress" },
    ],
    [
      "what does not say when it was written",
      [
        ["see", { written: "2026-01-01T00:00:02" }, 1_000, "changed"],
        ["see", { state: "Failed" }, 2_000, "changed"],
      ],
      { state: "Failed" },
    ],
    ["that it is missing", [["miss", 1_000, "changed"]], "missing"],
    [
      "and missing still",
      [
        ["miss", 1_000, "changed"],
        ["miss", 2_000, "same"],
      ],
      "missing",
    ],
    [
      "not that it was missing before it was seen",
      [
        ["see", { state: "Succeeded" }, 2_000, "changed"],
        ["miss", 1_000, "not believed"],
      ],
      { state: "Succeeded" },
    ],
    [
      "not that it was missing before our write",
      [
        ["distrust", 2_000],
        ["miss", 1_000, "not believed"],
      ],
      "nothing",
    ],
    [
      "another pool of its name, also one that was written earlier",
      [
        ["see", { written: "2026-01-01T00:00:02" }, 1_000, "changed"],
        ["miss", 2_000, "changed"],
        ["see", { written: "2026-01-01T00:00:01" }, 3_000, "changed"],
      ],
      { written: "2026-01-01T00:00:01" },
    ],
  ])("%s", (_rule, steps, believed) => {
    for (const step of steps) expect(take(step)).toBe(step[0] === "distrust" ? undefined : step.at(-1));
    const { isMissing, askedAt } = sighting;
    const pool = sightings.poolOf(sighting);
    expect(isMissing ? "missing" : askedAt === undefined ? "nothing" : pool).toEqual(believed);
  });
});

describe("who wants to know", () => {
  it("is counted by resource group, without regard to case, and each pool once", () => {
    sightings.track("ns/b", target("b", "RG"), 1, 0);
    sightings.track("ns/c", target("C", "other"), 1, 0);
    sightings.track("ns/rival", target("c", "OTHER"), 1, 0);
    expect([...sightings.wanted]).toEqual([
      ["rg", 2],
      ["other", 1],
    ]);
    expect([sightings.size, [...sightings.in("other")].length]).toEqual([3, 1]);
    sightings.untrack("ns/c");
    expect(sightings.wanted.get("other")).toBe(1);
    sightings.untrack("ns/rival");
    sightings.untrack("ns/rival");
    expect([...sightings.wanted]).toEqual([["rg", 2]]);
  });

  it("is asked for how old it may be, each for himself", () => {
    sightings.track("ns/rival", target("a"), 10_000, 0);
    expect([...sighting.keys]).toEqual([
      ["ns/a", 300_000],
      ["ns/rival", 10_000],
    ]);
    sightings.track("ns/rival", target("a"), 600_000, 0);
    expect(sighting.keys.get("ns/rival")).toBe(600_000);
  });

  it("moves to another pool", () => {
    sightings.track("ns/a", target("z"), 1, 0);
    expect([sightings.of("ns/a")?.id.endsWith("/z"), sightings.size]).toEqual([true, 1]);
  });

  it("is remembered to have written, when he comes again", () => {
    sightings.distrust(sighting, 5_000, true);
    sightings.untrack("ns/a");
    const again = sightings.track("ns/a", target("A"), 1, 6_000);
    expect(sightings.see(again, {}, 4_999)).toBe("not believed");
    expect(sightings.see(again, {}, 5_000)).toBe("changed");
  });

  it("is not remembered longer than any LIST runs", () => {
    sightings.distrust(sighting, 5_000, true);
    sightings.untrack("ns/a");
    sightings.distrust(sightings.track("ns/b", target("b"), 1, 0), 5_000 + 3_600_000, true);
    expect(sightings.track("ns/a", target("a"), 1, 0).distrustBefore).toBe(-Infinity);
  });
});

describe("how many pools Azure works on", () => {
  it("is counted by resource group", () => {
    const other = sightings.track("ns/b", target("b", "other"), 1, 0);
    sightings.see(sighting, { state: "InProgress" }, 1);
    sightings.see(sighting, { state: "InProgress" }, 2);
    sightings.distrust(other, 1, true);
    expect([sightings.working(), sightings.working("rg"), sightings.working("other"), sightings.working("x")]).toEqual([
      2, 1, 1, 0,
    ]);
    sightings.see(sighting, { state: "Succeeded" }, 3);
    sightings.untrack("ns/b");
    expect(sightings.working()).toBe(0);
  });

  it("counts no pool that is missing", () => {
    sightings.distrust(sighting, 1, true);
    sightings.miss(sighting, 2, "LIST");
    expect(sightings.working()).toBe(0);
  });
});

describe("a pool's id", () => {
  it.each([
    [{ id: "/Subscriptions/X" }, "/subscriptions/x"],
    [{ id: 7 }, undefined],
    [{}, undefined],
  ])("of %j is %j", (pool, id) => expect(idOfPool(pool)).toBe(id));
});
