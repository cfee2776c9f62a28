import { describe, expect, it } from "vitest";
import { withIgnored } from "../../../src/sessionpool/ignore.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";

const wanted: JsonObject = {
  tags: { team: "a", Cost: "1" },
  properties: {
    scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
    customContainerTemplate: {
      containers: [
        { name: "main", image: "img:1", args: ["x", "y"], env: [{ name: "A", value: "1" }] },
        { name: "side", image: "side:1" },
      ],
    },
  },
};
const live: JsonObject = {
  tags: { Team: "z", cost: "2", theirs: "t" },
  properties: {
    scaleConfiguration: { maxConcurrentSessions: 50 },
    customContainerTemplate: {
      containers: [
        { name: "other", image: "o:1" },
        { name: "main", image: "img:9", args: ["q", "r"], env: [{ name: "A", value: "9" }] },
      ],
    },
  },
};
const CONTAINERS = "/properties/customContainerTemplate/containers";
const changed = (change: (copy: typeof wanted) => void): JsonObject => {
  const copy = structuredClone(wanted);
  change(copy);
  return copy;
};
const containers = (copy: JsonObject): Record<string, unknown>[] =>
  (copy as { properties: { customContainerTemplate: { containers: Record<string, unknown>[] } } }).properties
    .customContainerTemplate.containers;

describe("what is ignored is asked for as Azure has it", () => {
  it.each<[what: string, ignore: string, expected: JsonObject]>([
    [
      "a field",
      "/properties/scaleConfiguration/maxConcurrentSessions",
      changed((copy) =>
        Object.assign((copy.properties as JsonObject).scaleConfiguration as object, { maxConcurrentSessions: 50 }),
      ),
    ],
    [
      "a field that Azure does not have",
      "/properties/scaleConfiguration/readySessionInstances",
      changed((copy) => {
        (copy.properties as Record<string, unknown>).scaleConfiguration = { maxConcurrentSessions: 10 };
      }),
    ],
    [
      "a whole object",
      "/properties/scaleConfiguration",
      changed((copy) => {
        (copy.properties as Record<string, unknown>).scaleConfiguration = { maxConcurrentSessions: 50 };
      }),
    ],
    [
      "a tag by its name, in any casing and with Azure's spelling",
      "COST",
      { ...wanted, tags: { team: "a", cost: "2" } },
    ],
    ["a tag by its pointer", "/tags/team", { ...wanted, tags: { Cost: "1", Team: "z" } }],
    ["a tag that nobody asks for stays theirs", "theirs", { ...wanted, tags: { team: "a", Cost: "1", theirs: "t" } }],
    ["a tag that nobody has", "nothing", wanted],
    [
      "a field in an entry, told by its name and not by its place",
      `${CONTAINERS}/0/image`,
      changed((copy) => {
        Object.assign(containers(copy)[0] ?? {}, { image: "img:9" });
      }),
    ],
    [
      "a value in an entry of an entry",
      `${CONTAINERS}/0/env/0/value`,
      changed((copy) => {
        Object.assign(containers(copy)[0] ?? {}, { env: [{ name: "A", value: "9" }] });
      }),
    ],
    [
      "an entry of a list without names, by its place",
      `${CONTAINERS}/0/args/1`,
      changed((copy) => {
        Object.assign(containers(copy)[0] ?? {}, { args: ["x", "r"] });
      }),
    ],
    [
      "a whole entry",
      `${CONTAINERS}/0`,
      changed((copy) => {
        containers(copy)[0] = containers(live)[1] ?? {};
      }),
    ],
    ["an entry that Azure does not have is the user's to add", `${CONTAINERS}/1`, wanted],
    ["a place beyond the list", `${CONTAINERS}/7/image`, wanted],
    ["a field of something that the spec does not set", "/properties/sessionNetworkConfiguration/status", wanted],
    ["an identity that the spec does not set", "/identity", wanted],
  ])("%s", (_what, ignore, expected) => {
    expect(withIgnored(wanted, live, [ignore])).toEqual(expected);
  });

  it("several at once", () => {
    const result = withIgnored(wanted, live, ["team", "/properties/scaleConfiguration"]);
    expect(result.tags).toEqual({ Cost: "1", Team: "z" });
    expect((result.properties as JsonObject).scaleConfiguration).toEqual({ maxConcurrentSessions: 50 });
  });

  it("a name with a slash and a tilde is written as JSON pointers do", () => {
    expect(withIgnored({ tags: { "a/b~c": "1" } }, { tags: { "a/b~c": "2" } }, ["/tags/a~1b~0c"])).toEqual({
      tags: { "a/b~c": "2" },
    });
  });

  it("what Azure has as null counts as not there", () => {
    expect(withIgnored({ properties: { x: 1 } }, { properties: { x: null } }, ["/properties/x"])).toEqual({
      properties: {},
    });
  });

  it("nothing, when nothing is ignored, and what it is given stays as it is", () => {
    const frozen = structuredClone(wanted);
    withIgnored(wanted, live, ["team", `${CONTAINERS}/0/image`]);
    expect(wanted).toEqual(frozen);
    expect(withIgnored(wanted, live, [])).toBe(wanted);
  });
});
