import { describe, expect, it } from "vitest";
import { LabelSelectorError, parseLabelSelector } from "../../../src/kubernetes/label-selector.ts";

const objects = {
  none: {},
  a: { shard: "a" },
  b: { shard: "b", tier: "x" },
  empty: { shard: "" },
  long: { "example.com/shard": "a" },
};

/** Names of the objects that are selected. */
function selected(text: string): readonly string[] {
  const matches = parseLabelSelector(text);
  return Object.entries(objects)
    .filter(([, labels]) => matches(labels))
    .map(([name]) => name);
}

describe("a label selector", () => {
  it.each<[text: string, names: readonly string[]]>([
    ["shard=a", ["a"]],
    ["shard==a", ["a"]],
    [" shard = a ", ["a"]],
    ["shard=", ["empty"]],
    ["shard!=a", ["none", "b", "empty", "long"]],
    ["shard != a", ["none", "b", "empty", "long"]],
    ["shard in (a,b)", ["a", "b"]],
    ["shard in(a)", ["a"]],
    ["shard\tin\n( a , b )", ["a", "b"]],
    ["shard in (a,)", ["a", "empty"]],
    ["shard in ()", ["empty"]],
    ["shard notin (a, b)", ["none", "empty", "long"]],
    ["shard", ["a", "b", "empty"]],
    ["!shard", ["none", "long"]],
    ["! shard", ["none", "long"]],
    ["shard,shard!=a", ["b", "empty"]],
    ["shard notin (a,b),!shard", ["none", "long"]],
    ["shard in (a,b),tier=x", ["b"]],
    ["tier=x,shard in (a,b)", ["b"]],
    ["shard in (a,b),tier in (x,y)", ["b"]],
    ["example.com/shard=a", ["long"]],
    // The names of operators are names, too.
    ["in in (in)", []],
    ["notin", []],
    // What every object inherits is no label.
    ["constructor", []],
    ["!toString", ["none", "a", "b", "empty", "long"]],
  ])("%j", (text, names) => {
    expect(selected(text)).toEqual(names);
  });

  it("of the shards that the documentation names covers everything exactly once", () => {
    const shards = ["shard in (a)", "shard in (b)", "shard notin (a, b)"].map(selected);
    expect(shards.flat().sort()).toEqual(Object.keys(objects).sort());
  });

  it.each([
    ["", "there is nothing before or after a comma"],
    ["a=b,", "there is nothing before or after a comma"],
    [",a", "there is nothing before or after a comma"],
    ["shard in a", '"shard in a" is none of key=value, key in (a, b), key'],
    ["shard in (a", '"shard in (a" is none of'],
    ["shard in (a,b", '"shard in (a" is none of'],
    ["shard in (a))", "is none of"],
    ["shard IN (a)", "is none of"],
    ["shard exists", "is none of"],
    ["shard===a", "is none of"],
    ["shard<5", "is none of"],
    ["shard=a b", "is none of"],
    ["shard=ä", '"ä" is not the value of a label'],
    ["shard=-a", '"-a" is not the value of a label'],
    [`shard=${"a".repeat(64)}`, "is not the value of a label"],
    ["shard in (a,b c)", '"b c" is not the value of a label'],
    ["shard in (a,b/c)", '"b/c" is not the value of a label'],
    ["Example.com/shard=a", '"Example.com/shard" is not the key of a label'],
    ["/shard=a", '"/shard" is not the key of a label'],
    ["a/b/c", '"a/b/c" is not the key of a label'],
    ["shard.=a", '"shard." is not the key of a label'],
    [`${"a".repeat(64)}=a`, "is not the key of a label"],
    [`${"a".repeat(254)}/x`, "is not the key of a label"],
    ["!", '"!" is none of'],
    ["=a", '"=a" is none of'],
  ])("%j is none: %s", (text, problem) => {
    expect(() => parseLabelSelector(text)).toThrow(LabelSelectorError);
    expect(() => parseLabelSelector(text)).toThrow(problem);
  });

  it("takes names of labels as long as they can be", () => {
    expect(selected(`${"a".repeat(63)}=${"b".repeat(63)},${"c".repeat(253)}/d`)).toEqual([]);
  });
});
