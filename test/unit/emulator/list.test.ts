import { describe, expect, it } from "vitest";
import { API, Azure, custom, type PoolBody, POOLS, SUBSCRIPTION } from "./model-azure.ts";

const scope = (group: string): string =>
  `/subscriptions/${SUBSCRIPTION}${group === "" ? "" : `/resourceGroups/${group}`}/providers/Microsoft.App/sessionPools`;
const OTHER =
  "/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/a/providers/Microsoft.App/sessionPools";

interface Page {
  readonly value: readonly PoolBody[];
  readonly nextLink?: string;
}

/** The pages of a LIST; `between` runs before each further page. */
function pages(azure: Azure, start: string, between: () => void = () => undefined): readonly Page[] {
  const result: Page[] = [];
  for (let url: string | undefined = `${start}?${API}`; url !== undefined; url = result.at(-1)?.nextLink) {
    if (result.length > 0) between();
    const { status, body } = azure.send("GET", url);
    expect(status).toBe(200);
    result.push(body as Page);
    if (result.length > 9) throw new Error("the pages do not end");
  }
  return result;
}

const namesOf = (list: readonly Page[]): string[][] => list.map(({ value }) => value.map(({ name }) => name));

/** Pools in the order of their creation, which is neither that of their names nor that of their groups. */
function subscription(pageSize: number): Azure {
  const azure = new Azure({ pageSize });
  for (const [group, name] of [
    ["b", "eee"],
    ["a", "ddd"],
    ["a", "ccc"],
    ["b", "bbb"],
    ["a", "aaa"],
  ] as const)
    azure.create(`${scope(group)}/${name}`);
  azure.create(`${OTHER}/zzz`);
  return azure;
}

describe("LIST", () => {
  it.each<[group: string, pageSize: number, expected: string[][]]>([
    ["", 2, [["eee", "ddd"], ["ccc", "bbb"], ["aaa"]]],
    ["", 5, [["eee", "ddd", "ccc", "bbb", "aaa"]]],
    ["", 4, [["eee", "ddd", "ccc", "bbb"], ["aaa"]]],
    ["a", 2, [["ddd", "ccc"], ["aaa"]]],
    ["A", 3, [["ddd", "ccc", "aaa"]]],
    ["b", 1, [["eee"], ["bbb"]]],
    ["b", 2, [["eee", "bbb"]]],
    ["empty", 2, [[]]],
  ])("of scope %j with %i on a page", (group, pageSize, expected) => {
    const azure = subscription(pageSize);
    const list = pages(azure, scope(group));
    expect(namesOf(list)).toEqual(expected);
    expect(list.at(-1)).not.toHaveProperty("nextLink");
    for (const { nextLink } of list.slice(0, -1)) {
      const url = new URL(nextLink ?? "");
      expect([url.origin, url.pathname]).toEqual(["https://management.azure.com", scope(group)]);
      expect(url.searchParams.get("api-version")).toBe("2025-07-01");
    }
  });

  it("shows each pool as GET does", () => {
    const azure = subscription(20);
    azure.send("DELETE", `${scope("a")}/ccc`);
    azure.send("PUT", `${scope("b")}/eee`, custom());
    const [list] = pages(azure, scope(""));
    expect(list?.value).toEqual(list?.value.map(({ id }) => azure.pool(id)));
    expect(list?.value.map(({ properties }) => properties.provisioningState)).toEqual([
      "InProgress",
      "Succeeded",
      "Deleting",
      "Succeeded",
      "Succeeded",
    ]);
  });

  it("keeps its order when pools change, and puts one made again at the end", () => {
    const azure = subscription(20);
    azure.create(`${scope("a")}/ddd`, custom({ tags: { changed: "yes" } }));
    expect(namesOf(pages(azure, scope("")))).toEqual([["eee", "ddd", "ccc", "bbb", "aaa"]]);
    azure.send("DELETE", `${scope("a")}/ddd`);
    azure.advance(300);
    expect(namesOf(pages(azure, scope("")))).toEqual([["eee", "ccc", "bbb", "aaa"]]);
    azure.create(`${scope("a")}/ddd`);
    expect(namesOf(pages(azure, scope("")))).toEqual([["eee", "ccc", "bbb", "aaa", "ddd"]]);
  });

  it("skips none when a pool of a page already read goes", () => {
    const azure = subscription(2);
    azure.send("DELETE", `${scope("b")}/eee`);
    const list = pages(azure, scope(""), () => azure.advance(300));
    expect(namesOf(list)).toEqual([["eee", "ddd"], ["ccc", "bbb"], ["aaa"]]);
  });

  it("has 20 on a page when nothing else is said", () => {
    const azure = new Azure();
    for (let index = 0; index < 21; index += 1) azure.create(`${POOLS}/pool${index}`);
    expect(namesOf(pages(azure, POOLS)).map(({ length }) => length)).toEqual([20, 1]);
  });

  it("refuses a token that it did not give", () => {
    expect(subscription(2).send("GET", `${scope("")}?${API}&%24skipToken=x`).status).toBe(400);
  });
});
