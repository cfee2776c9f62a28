import { beforeEach, describe, expect, it } from "vitest";
import { DriftBreaker } from "../../../src/reconcile/drift-breaker.ts";

const SUB = "sub";
const QUARTER = 0.25;

let breaker: DriftBreaker;
let enqueued: string[];
let found: number;

function start(maxShare = QUARTER): void {
  enqueued = [];
  found = 0;
  breaker = new DriftBreaker({
    maxShare,
    enqueue: (key) => void enqueued.push(key),
    onFound: () => void (found += 1),
  });
}

/** Pools `from` to `to` of a subscription are looked at. */
function look(from: number, to: number, isDrifted: boolean, scope = SUB, now = 0): void {
  for (let index = from; index < to; index += 1)
    breaker.note(scope, `${scope}/${index}`, isDrifted ? "repair" : "none", now);
}

beforeEach(() => start());

describe("how many changed pools are too many", () => {
  it.each<[story: string, maxShare: number, pools: number, drifted: number, isOpen: boolean]>([
    ["15 of 40 at a quarter", QUARTER, 40, 15, true],
    ["11 of 40: more than ten, and more than a quarter", QUARTER, 40, 11, true],
    ["10 of 40 are a quarter, not more", QUARTER, 40, 10, false],
    ["all of a small fleet", QUARTER, 10, 10, false],
    ["all of eleven", QUARTER, 11, 11, true],
    ["250 of 1,000 are a quarter", QUARTER, 1_000, 250, false],
    ["251 of 1,000", QUARTER, 1_000, 251, true],
    ["ten with a share of none", 0, 1_000, 10, false],
    ["eleven with a share of none", 0, 1_000, 11, true],
    ["all, when nothing is too many", 1, 1_000, 1_000, false],
  ])("%s", (_story, maxShare, pools, drifted, isOpen) => {
    start(maxShare);
    look(drifted, pools, false);
    look(0, drifted, true);
    expect(breaker.isOpen(SUB)).toBe(isOpen);
    expect(found).toBe(drifted);
  });

  it("is counted for each subscription", () => {
    look(0, 40, false);
    look(0, 40, true, "other");
    expect([SUB, "other", "unheard of"].map((scope) => breaker.isOpen(scope))).toEqual([false, true, false]);
  });

  it("counts a pool once, however often it is looked at", () => {
    look(0, 40, false);
    for (let time = 0; time < 20; time += 1) look(0, 5, true);
    expect([breaker.isOpen(SUB), found]).toEqual([false, 5]);
  });
});

describe("changes that are only reported", () => {
  it("are counted as found, once, and never hold others up", () => {
    for (let index = 0; index < 40; index += 1) breaker.note(SUB, `${SUB}/${index}`, "report", 0);
    for (let index = 0; index < 40; index += 1) breaker.note(SUB, `${SUB}/${index}`, "report", 0);
    expect([breaker.isOpen(SUB), found]).toEqual([false, 40]);
  });
});

describe("a hold", () => {
  beforeEach(() => {
    look(0, 40, false);
    look(0, 12, true);
    enqueued = [];
  });

  it("ends when fewer are changed, and wakes those that are left, once", () => {
    look(0, 1, false);
    expect([breaker.isOpen(SUB), enqueued]).toEqual([true, []]);
    look(1, 2, false);
    expect(breaker.isOpen(SUB)).toBe(false);
    expect(enqueued).toEqual(Array.from({ length: 10 }, (_, index) => `${SUB}/${index + 2}`));
    look(2, 3, false);
    expect(enqueued).toHaveLength(10);
  });

  it("ends when a changed pool's resource goes, or is for a pool in another subscription", () => {
    breaker.forget(`${SUB}/0`);
    breaker.forget(`${SUB}/0`);
    breaker.note("other", `${SUB}/1`, "repair", 0);
    expect([breaker.isOpen(SUB), enqueued.length]).toEqual([false, 10]);
  });

  it("ends when it turns out that there are many more pools, as after a start", () => {
    look(40, 48, false);
    expect(breaker.isOpen(SUB)).toBe(false);
    expect(enqueued).toHaveLength(12);
  });

  it("begins when pools that were not changed go", () => {
    look(40, 60, false);
    expect(breaker.isOpen(SUB)).toBe(false);
    for (let index = 30; index < 60; index += 1) breaker.forget(`${SUB}/${index}`);
    expect(breaker.isOpen(SUB)).toBe(true);
  });

  it("is forgotten with the last pool of a subscription", () => {
    for (let index = 0; index < 40; index += 1) breaker.forget(`${SUB}/${index}`);
    expect(breaker.scopes()).toEqual([]);
  });
});

describe("a changed pool waits for the others to be looked at", () => {
  it.each<[story: string, maxShare: number, pools: number, since: number | undefined]>([
    ["where that can be too many", QUARTER, 40, 7],
    ["the first that is looked at after a start, too: nobody knows how many there are", QUARTER, 1, 7],
    ["not where nothing is too many", 1, 1_000, undefined],
  ])("%s", (_story, maxShare, pools, since) => {
    start(maxShare);
    look(1, pools, false);
    breaker.note(SUB, `${SUB}/0`, "repair", 7);
    breaker.note(SUB, `${SUB}/0`, "repair", 9);
    expect(breaker.countsSince(SUB, `${SUB}/0`)).toBe(since);
    expect(breaker.countsSince(SUB, `${SUB}/1`)).toBeUndefined();
    expect(breaker.countsSince("unheard of", `${SUB}/0`)).toBeUndefined();
  });
});
