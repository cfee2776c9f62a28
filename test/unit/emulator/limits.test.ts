import { describe, expect, it } from "vitest";
import { DOCUMENTED_LIMITS, type Limits } from "../../emulator/token-buckets.ts";
import { type Answer, API, Azure, custom, POOL, POOLS, python, SUBSCRIPTION } from "./model-azure.ts";

const TOKEN = "/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token";
const LIST = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/sessionPools`;
const OTHER_POOLS = POOLS.replace(SUBSCRIPTION, "11111111-0000-0000-0000-000000000000");
const EMPTY = { capacity: 0, refill: 0.1 };
const FULL = { capacity: 1_000, refill: 1 };
const PREFIX = "x-ms-ratelimit-remaining-subscription-";

const limitsOf = (given: Partial<Limits>): Limits => ({ reads: FULL, writes: FULL, deletes: FULL, ...given });

/** The rate headers of an answer, without what all their names begin with. */
const left = ({ headers }: Answer): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [],
    ),
  );

function signIn(azure: Azure, client: string): Readonly<Record<string, string>> {
  const form = { grant_type: "client_credentials", scope: "https://management.azure.com/.default", client_secret: "s" };
  const { body } = azure.send("POST", TOKEN, new URLSearchParams({ ...form, client_id: client }).toString());
  return { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
}

describe("token buckets", () => {
  it.each<[call: string, kind: keyof Limits, send: (azure: Azure) => Answer]>([
    ["GET of a pool", "reads", (azure) => azure.send("GET", POOL)],
    ["LIST", "reads", (azure) => azure.send("GET", LIST)],
    ["a further page of it", "reads", (azure) => azure.send("GET", `${LIST}?${API}&%24skipToken=1`)],
    ["a poll", "reads", (azure) => azure.send("GET", pollUrlOf(azure))],
    ["PUT", "writes", (azure) => azure.send("PUT", POOL, custom())],
    ["PATCH", "writes", (azure) => azure.send("PATCH", POOL, { tags: {} })],
    ["DELETE", "deletes", (azure) => azure.send("DELETE", POOL)],
  ])("%s counts as one of the %s", (_call, kind, send) => {
    const [refusing, taking] = [
      new Azure({ limits: limitsOf({ [kind]: EMPTY }) }),
      new Azure({ limits: limitsOf({ reads: EMPTY, writes: EMPTY, deletes: EMPTY, [kind]: FULL }) }),
    ];
    expect(send(refusing).status).toBe(429);
    const taken = send(taking);
    expect(taken.status).not.toBe(429);
    expect(left(taken)).toEqual({ [kind]: "999" });
  });

  it("refuse in ARM's words, say when to come again, and the call has no effect", () => {
    const azure = new Azure({ limits: limitsOf({ writes: { capacity: 1, refill: 0.4 } }) });
    expect(left(azure.send("PUT", POOL, python()))).toEqual({ writes: "0" });
    const refused = azure.send("PUT", `${POOLS}/beta`, python());
    expect(refused).toMatchObject({
      status: 429,
      headers: { "retry-after": "3", "x-ms-failure-cause": "gateway", "x-ms-request-id": expect.any(String) },
      body: {
        error: {
          code: "SubscriptionRequestsThrottled",
          message: `Number of requests for subscription '${SUBSCRIPTION}' and operation 'PUT/SUBSCRIPTIONS/RESOURCEGROUPS/PROVIDERS/MICROSOFT.APP/SESSIONPOOLS' exceeded the backend storage limit. Please try again after '3' seconds.`,
        },
      },
    });
    expect(left(refused)).toEqual({ writes: "0" });
    expect(refused.headers).not.toHaveProperty("api-supported-versions");
    expect(azure.send("GET", `${POOLS}/beta`).status).toBe(404);
    azure.advance(3);
    expect(azure.send("PUT", `${POOLS}/beta`, python()).status).toBe(200);
  });

  it.each<[refill: number, waited: number, retryAfter: string | undefined]>([
    [10, 0, "1"],
    [0.5, 0, "2"],
    [0.3, 0, "4"],
    [0.3, 1, "3"],
    [0.3, 3.3, "1"],
    [0.3, 4, undefined],
    [10, 0.05, "1"],
    [10, 0.1, undefined],
  ])("with %d a second, %d s after the last token, say Retry-After %s", (refill, waited, retryAfter) => {
    const azure = new Azure({ limits: limitsOf({ reads: { capacity: 1, refill } }) });
    azure.send("GET", POOL);
    azure.advance(waited);
    expect(azure.send("GET", POOL).headers["retry-after"]).toBe(retryAfter);
  });

  it("take no token for a call that they refuse", () => {
    const azure = new Azure({ limits: limitsOf({ reads: { capacity: 1, refill: 1 } }) });
    azure.send("GET", POOL);
    for (let time = 0; time < 9; time += 1) {
      azure.advance(0.1);
      expect(azure.send("GET", POOL).status).toBe(429);
    }
    azure.advance(0.1);
    expect(azure.send("GET", POOL).status).toBe(404);
  });

  it.each<[kind: keyof Limits, method: string, burst: number, aSecond: number]>([
    ["reads", "GET", 250, 25],
    ["writes", "PATCH", 200, 10],
    ["deletes", "DELETE", 200, 10],
  ])("as documented let %s through: %s %i at once, then %i a second, and never more than the burst", (...row) => {
    const [, method, burst, aSecond] = row;
    const azure = new Azure({ limits: DOCUMENTED_LIMITS });
    const taken = (): number => {
      let count = 0;
      while (azure.send(method, POOL, method === "PATCH" ? {} : undefined).status !== 429) count += 1;
      return count;
    };
    expect(taken()).toBe(burst);
    azure.advance(1);
    expect(taken()).toBe(aSecond);
    azure.advance(3_600);
    expect(taken()).toBe(burst);
  });

  it("are one for each principal and subscription", () => {
    const azure = new Azure({ anonymous: false, limits: limitsOf({ reads: { capacity: 1, refill: 0.001 } }) });
    const [one, two] = [signIn(azure, "one"), signIn(azure, "two")];
    const get = (pools: string, as: typeof one): number => azure.send("GET", `${pools}/alpha`, undefined, as).status;
    expect([get(POOLS, one), get(POOLS, one)]).toEqual([404, 429]);
    expect([get(POOLS.toUpperCase(), one), get(POOLS, two), get(OTHER_POOLS, one)]).toEqual([429, 404, 404]);
  });

  it("are not those of a person in the portal, nor of who has no token", () => {
    const azure = new Azure({ anonymous: false, limits: limitsOf({ reads: EMPTY }) });
    expect(azure.model.asSomebody("GET", POOL).status).toBe(404);
    const refused = azure.send("GET", POOL);
    expect([refused.status, left(refused)]).toEqual([401, {}]);
  });

  it("left out refuse nothing, and the headers are those that were recorded", () => {
    const azure = new Azure();
    for (let count = 0; count < 300; count += 1) expect(azure.send("GET", POOL).status).toBe(404);
    expect(left(azure.send("GET", POOL))).toEqual({ "global-reads": "16199" });
    expect(left(azure.send("PUT", POOL, custom()))).toEqual({ "resource-requests": "799" });
  });
});

/** A poll that needs no write before it. */
function pollUrlOf(azure: Azure): string {
  const { headers } = azure.model.asSomebody("PUT", POOL, custom());
  return headers["azure-asyncoperation"] ?? "";
}

describe("a principal without the right to LIST", () => {
  it.each<[denied: "subscription" | "all" | undefined, path: string, status: number]>([
    [undefined, LIST, 200],
    [undefined, POOLS, 200],
    ["subscription", LIST, 403],
    ["subscription", POOLS, 200],
    ["all", LIST, 403],
    ["all", POOLS, 403],
  ])("of %s: LIST %s is answered %i, and a pool can be read", (listDenied, path, status) => {
    const azure = new Azure({ anonymous: false, listDenied });
    const as = signIn(azure, "client");
    azure.model.asSomebody("PUT", POOL, python());
    expect(azure.send("GET", path, undefined, as).status).toBe(status);
    expect(azure.send("GET", POOL, undefined, as).status).toBe(200);
    expect(azure.model.asSomebody("GET", LIST).status).toBe(200);
  });

  it.each<[path: string, scope: string]>([
    [LIST, `/subscriptions/${SUBSCRIPTION}`],
    [POOLS, `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`],
  ])("is told so in ARM's words for %s", (path, scope) => {
    const azure = new Azure({ anonymous: false, listDenied: "all" });
    expect(azure.send("GET", path, undefined, signIn(azure, "one"))).toMatchObject({
      headers: { "x-ms-failure-cause": "gateway" },
      body: {
        error: {
          code: "AuthorizationFailed",
          message: `The client 'one' with object id 'one' does not have authorization to perform action 'Microsoft.App/sessionPools/read' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
        },
      },
    });
  });
});
