import { beforeEach, describe, expect, it } from "vitest";
import { TurnPending } from "../../../src/azure/budget.ts";
import { RANK } from "../../../src/azure/waiting-line.ts";
import { ArmError } from "../../../src/azure/errors.ts";
import { WriteSlots } from "../../../src/reconcile/write-slots.ts";
import { Callers, OTHER_SUB, SUB } from "./callers.ts";

let callers: Callers;

beforeEach(() => {
  callers = new Callers();
});

describe("a 429 with Retry-After: 30", () => {
  const timesAfter = async (ms: number): Promise<readonly number[]> => {
    await callers.clock.advance(ms);
    return callers.woken.map(({ at }) => at);
  };

  it("stops all calls of that kind in that subscription, and no others", () => {
    callers.budget.closeFor("write", SUB, 30_000);
    expect(callers.write("a/1")).toMatchObject({ isPaused: true });
    expect(() => callers.budget.take("write", SUB)).toThrow(ArmError);
    expect([callers.write("a/1", RANK.create, OTHER_SUB), callers.call("delete", "a/1")]).toEqual(["paid", "paid"]);
  });

  it("stops who has his turn in hand, too, and who was about to get his", async () => {
    callers.reserve("write", "a/in-hand");
    callers.spend("write");
    callers.write("a/next");
    await callers.clock.advance(99);
    callers.budget.closeFor("write", SUB, 30_000);
    expect(callers.write("a/in-hand")).toMatchObject({ isPaused: true });
    expect(await timesAfter(29_999)).toEqual([]);
    expect(await timesAfter(10_000)).toHaveLength(2);
  });

  it("is followed by no burst, whatever is given back meanwhile", async () => {
    const inHand = Array.from({ length: 100 }, (_, index) => `a/${index}`);
    for (const key of inHand) callers.reserve("write", key);
    callers.budget.closeFor("write", SUB, 30_000);
    for (const key of inHand) callers.budget.giveBack(key);
    for (const key of inHand) callers.write(key);
    const times = await timesAfter(60_000);
    expect(times).toHaveLength(100);
    for (let second = 30; second < 40; second += 1)
      expect(times.filter((at) => at >= second * 1_000 && at < (second + 1) * 1_000).length).toBeLessThanOrEqual(10);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(30_000);
  });

  it("lasts as long as the longest of several that were under way together", async () => {
    callers.budget.closeFor("write", SUB, 30_000);
    await callers.clock.advance(1_000);
    callers.budget.closeFor("write", SUB, 1_000);
    callers.budget.closeFor("write", SUB, undefined);
    callers.write("a/1");
    expect((await timesAfter(60_000))[0]).toBeGreaterThanOrEqual(30_000);
  });

  it("without a time lasts 10 s", () => {
    callers.budget.closeFor("write", SUB, undefined);
    const { retryAfterMs } = (() => {
      try {
        callers.budget.take("write", SUB);
      } catch (error) {
        return error as ArmError;
      }
      throw new Error("it was paid");
    })();
    expect(retryAfterMs).toBe(10_000);
  });
});

describe("--max-in-flight-writes", () => {
  let slots: WriteSlots;
  const withSlots = (limit: number): void => {
    slots = new WriteSlots(limit, () => callers.budget.onSlot());
    callers = new Callers({ slots });
  };

  it("lets no more PUTs go than there are slots, and the next one when one is free", () => {
    withSlots(2);
    expect([callers.write("a/1"), callers.write("a/2")]).toEqual(["paid", "paid"]);
    // Operations take minutes, whatever the budget has left.
    expect((callers.write("a/3") as TurnPending).waitMs).toBeGreaterThanOrEqual(60_000);
    callers.write("a/4");
    slots.free("a/1");
    expect([callers.keys(), callers.write("a/3")]).toEqual([["a/3"], "paid"]);
    slots.free("a/1");
    expect(callers.keys()).toEqual(["a/3"]);
  });

  it("holds up neither reads nor deletions", () => {
    withSlots(1);
    callers.write("a/1");
    expect(callers.call("delete", "a/2")).toBe("paid");
    expect(callers.call("read", "a/3")).toBe("paid");
  });

  it("counts what Azure works on already, over all subscriptions", () => {
    withSlots(1);
    slots.occupy("b/1");
    expect(callers.write("a/1", RANK.create, OTHER_SUB)).toBeInstanceOf(TurnPending);
    slots.free("b/1");
    expect(callers.keys()).toEqual(["a/1"]);
  });

  it("goes on when somebody who has a slot must wait behind somebody who has none", () => {
    withSlots(1);
    slots.occupy("a/1");
    callers.write("b/1", RANK.edit);
    expect(callers.write("a/1", RANK.edit)).toBeInstanceOf(TurnPending);
    expect(callers.keys()).toEqual(["b/1"]);
    slots.free("b/1");
    expect(callers.keys()).toEqual(["b/1", "a/1"]);
  });

  it("goes on after a pause in which those with slots lost their turns", async () => {
    withSlots(2);
    for (const key of ["a/1", "a/2"]) callers.reserve("write", key);
    callers.write("b/1");
    callers.budget.closeFor("write", SUB, 30_000);
    for (const key of ["a/1", "a/2"]) expect(callers.write(key)).toBeInstanceOf(TurnPending);
    await callers.clock.advance(40_000);
    expect(callers.woken).toHaveLength(2);
    for (const { key } of callers.woken) slots.free(key);
    expect(new Set(callers.keys())).toEqual(new Set(["b/1", "a/1", "a/2"]));
  });
});
