import { describe, expect, it } from "vitest";
import { type Change, shownChange } from "../../../src/sessionpool/diff.ts";
import {
  type Applied,
  knownAfterPut,
  stillKnown,
  unknownDifferences,
  withoutEffect,
} from "../../../src/sessionpool/known-differences.ts";

const a: Change = { path: "/a", desired: 1, observed: 2 };
const a3: Change = { path: "/a", desired: 1, observed: 3 };
const b: Change = { path: "/b", observed: "x" };
const applied = (generation: number, ...differences: Applied["differences"]): Applied => ({ generation, differences });
const times = (change: Change, updates: number): Applied["differences"][number] => ({ ...change, updates });

describe("what is remembered after a PUT", () => {
  it.each<[story: string, previous: Applied | undefined, left: readonly Change[], known: Applied | undefined]>([
    ["nothing, when nothing differs", applied(4, times(a, 2)), [], undefined],
    ["what differs, once", undefined, [a, b], applied(4, times(a, 1), times(b, 1))],
    ["again, when the same was asked for again", applied(4, times(a, 1)), [a], applied(4, times(a, 2))],
    ["again, when Azure shows something else than before", applied(4, times(a, 2)), [a3], applied(4, times(a3, 3))],
    ["anew, after an edit", applied(3, times(a, 2)), [a], applied(4, times(a, 1))],
    [
      "anew, when something else was asked for",
      applied(4, times({ ...a, desired: 9 }, 2)),
      [a],
      applied(4, times(a, 1)),
    ],
    ["each difference by itself", applied(4, times(a, 2)), [b, a], applied(4, times(b, 1), times(a, 3))],
    ["as once, when nobody counted", applied(4, a), [a], applied(4, times(a, 1))],
  ])("%s", (_story, previous, left, known) => {
    expect(knownAfterPut(previous, 4, left, shownChange)).toEqual(known);
  });

  it("not more than the status can hold", () => {
    const many = Array.from({ length: 300 }, (_, index) => ({ path: `/${index}` }));
    expect(knownAfterPut(undefined, 1, many, shownChange)?.differences).toHaveLength(256);
  });

  it("a long value by its length and its hash", () => {
    const long: Change = { path: "/a", desired: "x".repeat(511), observed: "x".repeat(510) };
    const [shown] = knownAfterPut(undefined, 1, [long], shownChange)?.differences ?? [];
    expect(shown?.desired).toMatch(/^\(513 characters, SHA-256 [\w-]{16}\)$/);
    expect(shown?.observed).toBe(long.observed);
    expect(unknownDifferences(applied(1, { ...shown, path: "/a" }), [long], shownChange)).toEqual([]);
    expect(
      unknownDifferences(applied(1, { ...shown, path: "/a" }), [{ ...long, desired: "y".repeat(511) }], shownChange),
    ).toHaveLength(1);
  });
});

describe("what is still known", () => {
  it.each<[story: string, changes: readonly Change[], known: Applied | undefined]>([
    ["all that is there", [a, b], applied(4, times(a, 2), times(b, 1))],
    ["not what is gone", [b], applied(4, times(b, 1))],
    ["also what only looks otherwise now", [a3], applied(4, times(a, 2))],
    ["not where something else is asked for", [{ ...a, desired: 5 }], undefined],
    ["nothing", [], undefined],
  ])("%s", (_story, changes, known) => {
    expect(stillKnown(applied(4, times(a, 2), times(b, 1)), changes, shownChange)).toEqual(known);
  });

  it("nothing of nothing", () => {
    expect(stillKnown(undefined, [a], shownChange)).toBeUndefined();
  });
});

describe("a reason for a PUT", () => {
  it.each<[story: string, known: Applied | undefined, reasons: readonly Change[]]>([
    ["is each difference, when none is known", undefined, [a, b]],
    ["is not one that is known", applied(1, a), [b]],
    ["is one that looks otherwise than the known one", applied(1, a3, b), [a]],
    ["is none, when all are known, also from an older generation", applied(0, b, a), []],
  ])("%s", (_story, known, reasons) => {
    expect(unknownDifferences(known, [a, b], shownChange)).toEqual(reasons);
  });
});

describe("a PUT without effect", () => {
  it.each<[story: string, known: Applied | undefined, stuck: readonly Change[]]>([
    ["two in a row are tried again", applied(4, times(a, 2)), []],
    ["three in a row are enough", applied(4, times(a, 3)), [a3]],
    ["more as well", applied(4, times(a, 4)), [a3]],
    ["an edit is a new attempt", applied(3, times(a, 3)), []],
    ["another path has its own count", applied(4, times({ ...a, path: "/c" }, 3)), []],
    ["another value has its own count", applied(4, times({ ...a, desired: 7 }, 3)), []],
    ["nobody counted", applied(4, a), []],
    ["nothing is known", undefined, []],
  ])("%s", (_story, known, stuck) => {
    expect(withoutEffect(known, 4, [a3, b], shownChange)).toEqual(stuck);
  });
});
