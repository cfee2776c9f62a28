import { describe, expect, it } from "vitest";
import { idOf, importBody, planAgainst, pool } from "./import-run.ts";

describe("names", () => {
  const names = async (...ids: readonly string[]): Promise<readonly (readonly [string, unknown])[]> => {
    const { manifests, stdout } = await importBody({ value: ids.map((id) => pool({}, { id })) });
    for (const one of await planAgainst(stdout, { value: ids.map((id) => pool({}, { id })) }))
      expect(one).toMatchObject({ action: "None", changes: [] });
    return manifests.map(({ metadata, spec }) => [metadata.name, spec.azureName] as const);
  };
  const other = "11111111-1111-1111-1111-111111111111";

  it.each<[story: string, ids: readonly string[], expected: readonly (readonly [string, string | undefined])[]]>([
    [
      "are those in Azure, hyphens among them, in the order of the ids",
      [idOf("b-1"), idOf("a")].map((id) => id.replace(/a$/, "aaa")),
      [
        ["aaa", undefined],
        ["b-1", undefined],
      ],
    ],
    ["are in lower case", [idOf("Alpha")], [["alpha", undefined]]],
    [
      "get the group where two are the same",
      [idOf("alpha", "One.x"), idOf("alpha", "two"), idOf("beta", "two")],
      [
        ["alpha-one-x", "alpha"],
        ["alpha-two", "alpha"],
        ["beta", undefined],
      ],
    ],
    [
      "get the subscription where the groups are the same too",
      [idOf("alpha"), idOf("alpha", "RG", other)],
      [
        ["alpha-rg-00000000", "alpha"],
        ["alpha-rg-11111111", "alpha"],
      ],
    ],
    [
      "get a number where nothing else helps",
      [idOf("alpha", "r.g"), idOf("alpha", "r(g")],
      [
        ["alpha-r-g-00000000-1", "alpha"],
        ["alpha-r-g-00000000-2", "alpha"],
      ],
    ],
    [
      "give way to one another",
      [idOf("alpha", "x"), idOf("alpha", "y"), idOf("alpha-x", "z")],
      [
        ["alpha-x-00000000", "alpha"],
        ["alpha-y", "alpha"],
        ["alpha-x-z", "alpha-x"],
      ],
    ],
    [
      "have 63 characters at most",
      [idOf("alpha", "g".repeat(90)), idOf("alpha", "g".repeat(89))],
      [1, 2].map((n) => [`alpha-${"g".repeat(46)}-00000000-${n}`, "alpha"] as const),
    ],
    ["of a pool that is on two pages is one", [idOf("alpha"), idOf("ALPHA", "RG")], [["alpha", undefined]]],
  ])("%s", async (_story, ids, expected) => {
    const sorted = (list: readonly (readonly [string, unknown])[]): readonly (readonly [string, unknown])[] =>
      [...list].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(await names(...ids))).toEqual(sorted(expected));
    expect(await names(...ids.toReversed())).toEqual(await names(...ids));
  });
});
