import { describe, expect, it } from "vitest";
import { type Change, diff, sameChange } from "../../../src/sessionpool/diff.ts";
import type { JsonObject, MutableJson } from "../../../src/sessionpool/json.ts";
import { desired, livePool } from "./bodies.ts";

const CONTAINER = "/properties/customContainerTemplate/containers/0";
/** The resource's or Azure's container; nothing but what a story sets. */
const container = (members: JsonObject): JsonObject => ({
  customContainerTemplate: { containers: [{ name: "main", image: "img:1", ...members }] },
});

describe("a difference in a part", () => {
  it.each<[story: string, desired: JsonObject, observed: JsonObject, changes: readonly Change[]]>([
    [
      "an argument changed: the list as a whole, since its order counts",
      container({ args: ["serve", "--port=80"] }),
      container({ args: ["serve", "--port=81"] }),
      [{ path: `${CONTAINER}/args`, desired: ["serve", "--port=80"], observed: ["serve", "--port=81"] }],
    ],
    [
      "arguments in another order",
      container({ args: ["a", "b"] }),
      container({ args: ["b", "a"] }),
      [{ path: `${CONTAINER}/args`, desired: ["a", "b"], observed: ["b", "a"] }],
    ],
    [
      "a first command",
      container({ command: ["run"] }),
      container({}),
      [{ path: `${CONTAINER}/command`, desired: ["run"], observed: [] }],
    ],
    [
      "command and arguments taken out of the spec: the image's own again",
      container({}),
      container({ command: ["run"], args: ["x"] }),
      [
        { path: `${CONTAINER}/command`, observed: ["run"] },
        { path: `${CONTAINER}/args`, observed: ["x"] },
      ],
    ],
    [
      "empty command and arguments in Azure are none",
      container({}),
      container({ command: [], args: null, env: [] }),
      [],
    ],
    [
      "a container more, and the one that Azure has in another place",
      {
        customContainerTemplate: {
          containers: [
            { name: "side", image: "side:1" },
            { name: "main", image: "img:2" },
          ],
        },
      },
      container({}),
      [
        { path: "/properties/customContainerTemplate/containers/1/image", desired: "img:2", observed: "img:1" },
        { path: CONTAINER, desired: { name: "side", image: "side:1" } },
      ],
    ],
    [
      "one secret of two removed, by its place in Azure",
      { secrets: [{ name: "key", value: "v" }] },
      { secrets: [{ name: "password" }, { name: "key" }] },
      [{ path: "/properties/secrets/0", observed: { name: "password" } }],
    ],
    [
      "secrets in another order are no difference",
      { secrets: [{ name: "key" }, { name: "password" }] },
      { secrets: [{ name: "password" }, { name: "key" }] },
      [],
    ],
    [
      "variables in another order, of which one changed",
      container({
        env: [
          { name: "B", value: "2" },
          { name: "A", value: "9" },
        ],
      }),
      container({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      }),
      [{ path: `${CONTAINER}/env/1/value`, desired: "9", observed: "1" }],
    ],
    [
      "identities' settings in another order are no difference",
      {
        managedIdentitySettings: [
          { identity: "System", lifecycle: "Main" },
          { identity: "/Id", lifecycle: "Main" },
        ],
      },
      {
        managedIdentitySettings: [
          { identity: "/id", lifecycle: "Main" },
          { identity: "system", lifecycle: "Main" },
        ],
      },
      [],
    ],
    [
      "another environment, in the casing of each side",
      { environmentId: "/Env2" },
      { environmentId: "/ENV1" },
      [{ path: "/properties/environmentId", desired: "/Env2", observed: "/ENV1" }],
    ],
  ])("%s", (_story, wanted, live, changes) => {
    // Strictly: a side that has nothing is left out of the change, not undefined in it.
    expect(diff(desired(wanted), livePool({ properties: live }))).toStrictEqual(changes);
  });

  it("an identity that the resource says nothing of is no difference", () => {
    expect(diff(desired(), livePool({ body: { identity: { type: "SystemAssigned", principalId: "p" } } }))).toEqual([]);
  });

  it("an identity taken out of the spec is told without the ids that Azure gave it", () => {
    const assigned = (ids: JsonObject): JsonObject => ({
      identity: { type: "UserAssigned", userAssignedIdentities: ids },
    });
    expect(
      diff(
        desired({}, assigned({ "/Keep": {} })),
        livePool({ body: assigned({ "/keep": { clientId: "c" }, "/drop": { clientId: "c", principalId: "p" } }) }),
      ),
    ).toStrictEqual([{ path: "/identity/userAssignedIdentities/~1drop", observed: {} }]);
  });

  it("a null in the resource asks for nothing, whatever the table says", () => {
    expect(diff({ tags: null, location: undefined }, { tags: { a: "b" }, location: "eastus" }, [])).toEqual([]);
  });

  it("each side goes through its own rows", () => {
    const rewrite = (body: MutableJson): void => {
      body.location = "b";
    };
    const row = { name: "a test's", evidence: "none", rewrite };
    const changes = (only: "desired" | "observed") => diff({ location: "a" }, { location: "b" }, [{ ...row, only }]);
    expect(changes("desired")).toEqual([]);
    expect(changes("observed")).toEqual([{ path: "/location", desired: "a", observed: "b" }]);
  });
});

describe("whether two changes are the same difference", () => {
  const change: Change = { path: "/tags/a", desired: "1", observed: "2" };
  it.each<[story: string, other: Change, same: boolean]>([
    ["the same one", { observed: "2", desired: "1", path: "/tags/a" }, true],
    ["the same values elsewhere", { ...change, path: "/tags/b" }, false],
    ["the user wants another value", { ...change, desired: "3" }, false],
    ["Azure has another value", { ...change, observed: "3" }, false],
    ["Azure has none", { path: "/tags/a", desired: "1" }, false],
  ])("%s", (_story, other, same) => {
    expect(sameChange(change, other)).toBe(same);
  });
});
