import type { TokenCredential } from "@azure/identity";
import { describe, expect, it } from "vitest";
import { ArmClient, type PoolScope } from "../../../src/azure/arm-client.ts";
import { ArmError } from "../../../src/azure/errors.ts";
import { Azure, SUBSCRIPTION } from "../emulator/model-azure.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { httpClientOf, type Reply, type Seen } from "./arm-http.ts";

const ARM = "https://management.azure.com";
const LIST = `${ARM}/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/sessionPools`;
const credential = {
  getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }),
} as TokenCredential;

function clientOf(reply: (seen: Seen, index: number) => Reply): { client: ArmClient; seen: string[] } {
  const seen: string[] = [];
  const httpClient = httpClientOf((call) => {
    seen.push(call.url);
    if (seen.length > 2000) throw new Error("it reads for ever");
    return reply(call, seen.length - 1);
  });
  const options = { credential, endpoint: ARM, audience: ARM, clock: new FakeClock(), userAgent: "test", httpClient };
  return { client: new ArmClient(options), seen };
}

async function pages(client: ArmClient, scope: PoolScope): Promise<string[][]> {
  const found: string[][] = [];
  for await (const page of client.list(scope, new AbortController().signal))
    found.push(page.pools.map((pool) => (pool as { name: string }).name));
  return found;
}

async function failure(reply: (seen: Seen, index: number) => Reply): Promise<{ error: ArmError; calls: number }> {
  const { client, seen } = clientOf(reply);
  const error: unknown = await pages(client, { subscriptionId: SUBSCRIPTION }).catch((reason: unknown) => reason);
  if (!(error instanceof ArmError)) throw new Error(`not an ArmError: ${String(error)}`);
  return { error, calls: seen.length };
}

const page = (value: unknown, nextLink?: unknown): Reply => ({
  status: 200,
  body: JSON.stringify({ value, nextLink }),
});

describe("LIST", () => {
  it.each<[scope: string, resourceGroup: string | undefined, expected: string[][]]>([
    ["a subscription, over all its pages", undefined, [["eee", "ddd"], ["ccc", "bbb"], ["aaa"]]],
    ["a resource group", "a", [["ddd", "ccc"], ["aaa"]]],
    ["a resource group without pools", "empty", [[]]],
  ])("reads the pools of %s", async (_scope, resourceGroup, expected) => {
    const azure = new Azure({ pageSize: 2 });
    for (const [group, name] of ["b/eee", "a/ddd", "a/ccc", "b/bbb", "a/aaa"].map((path) => path.split("/")))
      azure.create(
        `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.App/sessionPools/${name}`,
      );
    const { client, seen } = clientOf(({ method, url }) => {
      const { status, headers, text } = azure.send(method, url);
      return { status, headers, body: text };
    });
    const scope = { subscriptionId: SUBSCRIPTION, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
    expect(await pages(client, scope)).toEqual(expected);
    expect(seen).toHaveLength(expected.length);
    expect(seen.every((url) => url.split("api-version=2025-07-01").length === 2)).toBe(true);
  });

  it("stops reading when nobody wants more", async () => {
    const { client, seen } = clientOf(() => page([{ name: "one" }], `${LIST}?page=2`));
    const pools = client.list({ subscriptionId: SUBSCRIPTION }, new AbortController().signal);
    await pools.next();
    await pools.return();
    expect(seen).toHaveLength(1);
  });

  it.each(["", null, undefined, 7])("has no further page when its nextLink is %j", async (nextLink) => {
    const { client } = clientOf(() => page([{ name: "one" }], nextLink));
    expect(await pages(client, { subscriptionId: SUBSCRIPTION })).toEqual([["one"]]);
  });

  it.each([
    "https://evil.example/subscriptions",
    "http://management.azure.com/subscriptions",
    "https://management.azure.com.evil.example/x",
    "https://management.azure.com@evil.example/x",
    "/subscriptions?page=2",
    "not a URL",
  ])("takes the token to no other host: %s", async (nextLink) => {
    const { error, calls } = await failure(() => page([], nextLink));
    expect([error.code, calls]).toEqual(["UntrustedNextLink", 1]);
    expect(error.message).not.toContain("evil");
  });

  it("ends when its pages do not", async () => {
    const round = await failure((_call, index) => page([], `${LIST}?page=${index % 3}`));
    expect([round.error.code, round.calls]).toEqual(["EndlessList", 4]);
    const straight = await failure((_call, index) => page([], `${LIST}?page=${index}`));
    expect([straight.error.code, straight.calls]).toEqual(["EndlessList", 1001]);
  });

  it.each<[story: string, reply: Reply, code: string]>([
    ["no body", { status: 200 }, "UnreadableAnswer"],
    ["no list", page({ name: "one" }), "UnreadableAnswer"],
    ["a list with something else in it", page([{ name: "one" }, "two"]), "UnreadableAnswer"],
    ["a refusal", { status: 403, body: '{"error":{"code":"AuthorizationFailed"}}' }, "AuthorizationFailed"],
    ["throttling", { status: 429 }, "Http429"],
  ])("on any page, %s is an error", async (_story, reply, code) => {
    expect((await failure(() => reply)).error.code).toBe(code);
    const later = await failure((_call, index) => (index === 0 ? page([], `${LIST}?page=2`) : reply));
    expect([later.error.code, later.calls]).toEqual([code, 2]);
  });
});
