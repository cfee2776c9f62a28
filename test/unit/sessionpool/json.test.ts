import { describe, expect, it } from "vitest";
import { copied, type Json, isEmpty, pointer, sameJson, withoutNulls } from "../../../src/sessionpool/json.ts";

describe("whether a value says nothing", () => {
  it.each<[value: Json | undefined, empty: boolean]>([
    [undefined, true],
    [null, true],
    [[], true],
    [{}, true],
    [{ username: null, nested: { list: [] } }, true],
    [[null], true],
    [[""], false],
    [{ username: "a", password: null }, false],
    [false, false],
    [0, false],
    ["", false],
  ])("%j: %s", (value, empty) => {
    expect(isEmpty(value)).toBe(empty);
  });
});

describe("a pasted null means left out", () => {
  it.each<[story: string, value: Json, without: Json]>([
    ["a member", { server: "s", username: null }, { server: "s" }],
    ["a member that was never set", { server: "s", username: undefined }, { server: "s" }],
    ["members of list entries", { env: [{ name: "A", value: null }] }, { env: [{ name: "A" }] }],
    ["but lists keep their length", { args: ["a", null] }, { args: ["a", null] }],
    ["and what is false, zero or empty was set", { a: false, b: 0, c: "" }, { a: false, b: 0, c: "" }],
  ])("%s", (_story, value, without) => {
    expect(withoutNulls(value)).toStrictEqual(without);
  });
});

describe("a copy", () => {
  const text = '{"a":[{"b":null},[1,"",false]],"__proto__":{"c":{"d":null}},"constructor":"e"}';

  it("has all that is in it, also where JavaScript has a meaning of its own for a name", () => {
    expect(JSON.stringify(copied(JSON.parse(text) as Json))).toBe(text);
    expect(JSON.stringify(withoutNulls(JSON.parse(text) as Json))).toBe(
      '{"a":[{},[1,"",false]],"__proto__":{"c":{}},"constructor":"e"}',
    );
  });

  it.each([copied, withoutNulls])("is no part of the original: %o", (copy) => {
    const original = JSON.parse(text) as { a: [{ b: unknown }, unknown[]] };
    const made = copy(original as unknown as Json) as unknown as typeof original;
    made.a[0].b = 1;
    made.a[1].push(2);
    expect(JSON.stringify(original)).toBe(text);
  });
});

describe("whether two values are the same", () => {
  it.each<[story: string, a: Json | undefined, b: Json | undefined, same: boolean]>([
    ["members in another order", { a: 1, b: [2] }, { b: [2], a: 1 }, true],
    ["a member that is undefined is absent", { a: 1, b: undefined }, { a: 1 }, true],
    ["a member that is null is not", { a: 1, b: null }, { a: 1 }, false],
    ["a member more on the right", { a: 1 }, { a: 1, b: 2 }, false],
    ["list entries in another order", ["a", "b"], ["b", "a"], false],
    ["a list that goes on", ["a"], ["a", "b"], false],
    ["an empty list and an empty object", [], {}, false],
    ["an empty list and an empty text", [], "", false],
    ["an empty list and null", [], null, false],
    ["null and an empty list", null, [], false],
    ["a number and its text", 1, "1", false],
    ["an object and nothing", {}, undefined, false],
  ])("%s", (_story, a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
  });
});

describe("a path to a value", () => {
  it.each<[token: string | number, path: string]>([
    ["plain", "/tags/plain"],
    [0, "/tags/0"],
    ["a/b/c", "/tags/a~1b~1c"],
    ["a~b~c", "/tags/a~0b~0c"],
    ["~1", "/tags/~01"],
  ])("%j", (token, path) => {
    expect(pointer("/tags", token)).toBe(path);
  });
});
