import { beforeEach, describe, expect, it } from "vitest";
import { Recent } from "../../../src/time/recent.ts";
import { FakeClock } from "../../time/fake-clock.ts";

let clock: FakeClock;
let recent: Recent<number>;

beforeEach(() => {
  clock = new FakeClock();
  recent = new Recent(clock, { keepMs: 60_000, most: 3 });
});

describe("what happened lately", () => {
  it("counts for its time, from when it was noted last", async () => {
    recent.note("a", 1);
    await clock.advance(59_999);
    expect(recent.get("a")).toBe(1);
    recent.note("a", 2);
    await clock.advance(59_999);
    expect(recent.get("a")).toBe(2);
    await clock.advance(1);
    expect(recent.get("a")).toBeUndefined();
  });

  it("is forgotten once it counts no more, whatever is noted then", async () => {
    recent.note("a", 1);
    recent.note("b", 2);
    await clock.advance(30_000);
    recent.note("a", 3);
    await clock.advance(30_000);
    recent.note("c", 4);
    expect([recent.size, recent.get("a"), recent.get("b")]).toEqual([2, 3, undefined]);
  });

  it("is forgotten when there is too much of it, the oldest first", () => {
    for (const [index, key] of ["a", "b", "c", "a", "d"].entries()) recent.note(key, index);
    expect([recent.size, recent.get("a"), recent.get("b"), recent.get("c"), recent.get("d")]).toEqual([
      3,
      3,
      undefined,
      2,
      4,
    ]);
  });

  it("is forgotten when that is asked for", () => {
    recent.note("a", 1);
    recent.forget("a");
    expect([recent.size, recent.get("a")]).toEqual([0, undefined]);
  });
});
