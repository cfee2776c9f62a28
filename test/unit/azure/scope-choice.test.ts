import { describe, expect, it } from "vitest";
import { chooseScopes, type ScopeFacts } from "../../../src/azure/scope-choice.ts";

const groups = (count: number, pools: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`g${index}`, pools]));

describe("how pools are observed for the fewest reads", () => {
  it.each<
    [
      story: string,
      wanted: Readonly<Record<string, number>>,
      subscription: ScopeFacts,
      ofGroups: Readonly<Record<string, ScopeFacts>>,
      chosen: "subscription" | readonly string[],
    ]
  >([
    ["nobody wants to know", {}, {}, {}, []],
    ["one pool: its group, which may be all that is allowed", { a: 1 }, {}, {}, ["a"]],
    ["one group", { a: 10_000 }, {}, {}, ["a"]],
    ["two groups with few pools: one LIST for both", { a: 3, b: 4 }, {}, {}, "subscription"],
    ["many groups with one pool each", groups(100, 1), {}, {}, "subscription"],
    ["large groups: as dear as the subscription, and no strangers", { a: 200, b: 400 }, {}, {}, ["a", "b"]],
    ["strangers' pools make the subscription dear", groups(5, 1), { pages: 6 }, {}, Object.keys(groups(5, 1))],
    ["as dear as the groups is dear enough", groups(5, 1), { pages: 5 }, {}, Object.keys(groups(5, 1))],
    ["not dear yet", groups(5, 1), { pages: 4 }, {}, "subscription"],
    ["the subscription is denied", groups(3, 1), { isDenied: true }, {}, Object.keys(groups(3, 1))],
    ["a group is denied: its pools one by one", { a: 3, b: 40 }, { isDenied: true }, { a: { isDenied: true } }, ["b"]],
    ["all is denied", { a: 3 }, { isDenied: true }, { a: { isDenied: true } }, []],
    [
      "strangers' pools in a group: its own are read one by one",
      { a: 3, b: 40 },
      { pages: 90 },
      { a: { pages: 4 } },
      ["b"],
    ],
    ["a group with as many pages as pools of ours is LISTed", { a: 3 }, { pages: 90 }, { a: { pages: 3 } }, ["a"]],
    [
      "pages as LISTs showed them, not as they were guessed",
      { a: 200, b: 1 },
      { pages: 3 },
      { a: { pages: 2 } },
      ["a", "b"],
    ],
    ["denied groups make the subscription cheap", { a: 90 }, { pages: 80 }, { a: { isDenied: true } }, "subscription"],
  ])("%s", (_story, wanted, subscription, ofGroups, chosen) => {
    const choice = chooseScopes(new Map(Object.entries(wanted)), subscription, (name) => ofGroups[name] ?? {});
    expect(choice.subscription ? "subscription" : [...choice.groups]).toEqual(chosen);
  });
});
