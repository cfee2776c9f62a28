import { beforeEach, describe, expect, it } from "vitest";
import { TurnPending } from "../../../src/azure/budget.ts";
import { RANK } from "../../../src/azure/waiting-line.ts";
import { WriteSlots } from "../../../src/reconcile/write-slots.ts";
import { Callers, SUB } from "./callers.ts";
import { type Instead, Observed, sized } from "./observed.ts";

const MINUTE = 60_000;

describe("the budget, asked whether it hangs", () => {
  let callers: Callers;
  beforeEach(() => void (callers = new Callers()));

  /** Somebody waits for a turn that comes a tenth of a second later. */
  function wait(): void {
    callers.spend("write");
    expect(callers.write("a/late")).toBeInstanceOf(TurnPending);
  }

  it("does not, while turns come", async () => {
    wait();
    for (let minute = 0; minute < 5; minute += 1) {
      expect(callers.budget.stuck()).toBeUndefined();
      await callers.clock.advance(MINUTE);
    }
    expect(callers.keys()).toEqual(["a/late"]);
  });

  it("does not, while Azure wants a pause of an hour", async () => {
    wait();
    callers.budget.closeFor("write", SUB, 60 * MINUTE);
    await callers.clock.advance(59 * MINUTE);
    expect([callers.keys(), callers.budget.stuck()]).toEqual([[], undefined]);
    await callers.clock.advance(2 * MINUTE);
    expect([callers.keys(), callers.budget.stuck()]).toEqual([["a/late"], undefined]);
  });

  it("does not, while Azure works on as many pools as it may, for however long", async () => {
    const slots = new WriteSlots(1, () => callers.budget.onSlot());
    callers = new Callers({ slots });
    slots.occupy("b/1");
    callers.write("a/1", RANK.create);
    await callers.clock.advance(30 * MINUTE);
    expect(callers.budget.stuck()).toBeUndefined();
  });

  it("does, when a turn is forgotten", async () => {
    wait();
    callers.clock.loseTimers();
    await callers.clock.advance(MINUTE / 2);
    expect(callers.budget.stuck()).toBeUndefined();
    await callers.clock.advance(MINUTE);
    expect(callers.budget.stuck()).toBe(
      `a write in subscription ${SUB} has waited for its turn for 90 s, although it may be made`,
    );
  });
});

describe("the observers, asked whether they hang", () => {
  let world: Observed;
  const lists = (answer: Instead): void => {
    world.instead = (what) => (what.startsWith("LIST") ? answer : undefined);
  };

  beforeEach(async () => {
    world = new Observed();
    await world.create("one/aaa");
    await world.follow("one/aaa");
  });

  it.each([
    ["at rest", undefined],
    ["while Azure refuses LISTs", { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } }],
    ["while Azure is away", { status: 503 }],
  ] as const)("do not %s", async (_when, answer) => {
    lists(answer);
    for (let minute = 0; minute < 90; minute += 3) {
      await world.pass(180);
      expect(world.observers.stuck()).toBeUndefined();
    }
  });

  it("do not while an answer takes half an hour", async () => {
    world.latencyMs = 30 * MINUTE;
    for (let minute = 0; minute < 60; minute += 1) {
      await world.pass(60);
      expect(world.observers.stuck()).toBeUndefined();
    }
  });

  it("do not while a long LIST shows that much has ended, which makes the next one due sooner", async () => {
    // 100 pages of 3 s each, with a read a second: 333 s from one LIST to the next, and 125 s while pools end.
    world = new Observed({ pageSize: 4, share: 0.04 });
    const keys = Array.from({ length: 400 }, (_, index) => `one/pool${index}`);
    await world.create(...keys);
    for (const key of keys) world.track(key);
    await world.pass(60 * 60);
    for (const key of keys) {
      world.write("PATCH", key, sized(33));
      world.observers.distrust(key, true);
    }
    world.latencyMs = 3_000;
    for (let minute = 0; minute < 10; minute += 0.25) {
      await world.pass(15);
      expect(world.observers.stuck()).toBeUndefined();
    }
  });

  it("do when the next LIST is forgotten, until nobody wants to know of a pool", async () => {
    world.clock.loseTimers();
    await world.pass(20 * 60);
    expect(world.observers.stuck()).toMatch(/^the LIST of subscription 34adfa4f-\S+ has been due for \d{3} s$/);
    world.observers.untrack("one/aaa");
    expect(world.observers.stuck()).toBeUndefined();
  });
});
