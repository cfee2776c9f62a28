import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TokenCredential } from "@azure/identity";
import { describe, expect, it } from "vitest";
import { ArmClient } from "../../../src/azure/arm-client.ts";
import { ArmError, isAbsent, kindOf, retryAfterMs } from "../../../src/azure/errors.ts";
import { stableMessage } from "../../../src/azure/words.ts";
import { progressOf, readOperation } from "../../../src/azure/operations.ts";
import { startEmulator } from "../../emulator/start.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { httpClientOf, type Seen } from "./arm-http.ts";

const POOL = { subscriptionId: "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345", resourceGroup: "rg", name: "alpha" };
const credential = {
  getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }),
} as TokenCredential;
const never = new AbortController().signal;

/** A client whose requests end in `reply` instead of a socket. */
function clientOf(
  reply: (seen: Seen, index: number) => { status: number; headers?: Record<string, string>; body?: string },
  clock = new FakeClock(),
): { client: ArmClient; seen: Seen[] } {
  const seen: Seen[] = [];
  const client = new ArmClient({
    credential,
    endpoint: "https://arm.example",
    audience: "https://arm.example",
    clock,
    userAgent: "test",
    httpClient: httpClientOf((call) => {
      seen.push(call);
      return reply(call, seen.length - 1);
    }),
  });
  return { client, seen };
}

async function failure(call: Promise<unknown>): Promise<ArmError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArmError)) throw new Error(`not an ArmError: ${String(error)}`);
  return error;
}

const TURN = { key: "ns/alpha", flow: "ns", rank: 0, wake: () => undefined };

describe("calls to ARM", () => {
  it("speak 2025-07-01, encode each segment, and keep every field of a body", async () => {
    const { client, seen } = clientOf(() => ({ status: 200, body: '{"properties":{"futureField":1}}' }));
    const answer = await client.get({ ...POOL, resourceGroup: "a b/../c" }, never);
    expect(seen[0]?.url).toBe(
      `https://arm.example/subscriptions/${POOL.subscriptionId}/resourceGroups/a%20b%2F..%2Fc/providers/Microsoft.App/sessionPools/alpha?api-version=2025-07-01`,
    );
    expect(answer.body).toEqual({ properties: { futureField: 1 } });
  });

  it.each([429, 500, 503])("are sent once, whatever comes back: %i", async (status) => {
    const { client, seen } = clientOf(() => ({ status, headers: { "retry-after": "0" } }));
    await failure(client.put(POOL, {}, never));
    expect(seen).toHaveLength(1);
  });

  it("follow no redirect", async () => {
    const { client, seen } = clientOf(() => ({ status: 307, headers: { location: "https://arm.example/elsewhere" } }));
    expect((await failure(client.get(POOL, never))).kind).toBe("unavailable");
    expect(seen).toHaveLength(1);
  });

  it("stay away after a 429 for as long as Azure asked, all of that kind in the subscription", async () => {
    const clock = new FakeClock();
    const { client, seen } = clientOf(
      (_call, index) => (index === 0 ? { status: 429, headers: { "retry-after": "30" } } : { status: 200, body: "{}" }),
      clock,
    );
    await failure(client.put(POOL, {}, never));
    await clock.advance(29_000);
    const early = await failure(client.put({ ...POOL, name: "other" }, {}, never));
    expect([early.kind, early.retryAfterMs]).toEqual(["throttled", 1_000]);
    await client.get(POOL, never);
    await clock.advance(1_000);
    await client.put(POOL, {}, never);
    expect(seen.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
  });

  it.each([
    [
      "a page instead of JSON",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
      "UnreadableAnswer",
    ],
    ["JSON that was cut", { status: 200, body: '{"a":' }, "UnreadableAnswer"],
    ["a list instead of an object", { status: 200, body: '"text"' }, "UnreadableAnswer"],
  ])("take %s for no answer", async (_story, reply, code) => {
    const error = await failure(clientOf(() => reply).client.get(POOL, never));
    expect([error.kind, error.code]).toEqual(["unavailable", code]);
  });

  it("trust a poll URL only on ARM's own host", async () => {
    const urls = [
      "https://arm.example/op?s=1",
      "https://evil.example/op",
      "http://arm.example/op",
      "https://arm.example.evil.example/op",
      "/op",
    ];
    for (const url of urls) {
      const { client } = clientOf(() => ({ status: 202, headers: { location: url } }));
      expect((await client.delete(POOL, never)).operationUrl).toBe(url === urls[0] ? url : undefined);
    }
  });

  it("give up after their time on the clock", async () => {
    const clock = new FakeClock();
    const server = createServer((_request: IncomingMessage, _response: ServerResponse) => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const silent = new ArmClient({
      credential: { getToken: () => new Promise(() => {}) } as never,
      endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      audience: "https://a",
      clock,
      userAgent: "test",
    });
    const call = failure(silent.get(POOL, never));
    await clock.advance(30_000);
    expect((await call).code).toBe("Timeout");
    server.close();
  });
});

describe("what a refusal means", () => {
  it.each<[status: number, retryAfter: number | undefined, kind: string, code?: string]>([
    [400, undefined, "refused"],
    [401, undefined, "unauthenticated"],
    [403, undefined, "refused"],
    [404, undefined, "refused"],
    [408, undefined, "unavailable"],
    [409, undefined, "busy"],
    [412, undefined, "busy"],
    [423, undefined, "busy"],
    [429, undefined, "throttled"],
    [500, undefined, "unavailable"],
    [503, undefined, "unavailable"],
    [503, 1000, "throttled"],
    [504, undefined, "unavailable"],
    [409, undefined, "refused", "ScopeLocked"],
    [423, undefined, "refused", "scopelocked"],
    [403, undefined, "refused", "RequestDisallowedByPolicy"],
    [500, undefined, "refused", "RequestDisallowedByPolicy"],
    [429, undefined, "throttled", "QuotaExceeded"],
    [401, undefined, "unauthenticated", "ReadOnlyDisabledSubscription"],
    [409, undefined, "busy", "OperationNotAllowed"],
  ])("%i with Retry-After %s: %s %s", (status, retryAfter, kind, code) => {
    expect(kindOf(status, retryAfter, code)).toBe(kind);
  });

  it.each<[code: string, absent: boolean]>([
    ["ResourceNotFound", true],
    ["ResourceGroupNotFound", true],
    ["SubscriptionNotFound", false],
    ["InvalidResourceType", false],
    ["Http404", false],
  ])("404 %s proves that the pool is gone: %s", async (code, absent) => {
    const body = code === "Http404" ? "" : JSON.stringify({ error: { code, message: "m" } });
    expect(isAbsent(await failure(clientOf(() => ({ status: 404, body })).client.get(POOL, never)))).toBe(absent);
  });

  it.each<[headers: Record<string, string>, ms: number | undefined]>([
    [{ "retry-after": "15" }, 15_000],
    [{ "retry-after-ms": "250" }, 250],
    [{ "x-ms-retry-after-ms": "250", "retry-after": "9" }, 250],
    [{ "retry-after": "Mon, 05 Jan 2026 09:01:00 GMT", date: "Mon, 05 Jan 2026 09:00:00 GMT" }, 60_000],
    [{ "retry-after": "Mon, 05 Jan 2026 09:00:00 GMT", date: "Mon, 05 Jan 2026 09:01:00 GMT" }, 0],
    [{ "retry-after": "Mon, 05 Jan 2026 09:01:00 GMT" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after": "31536000" }, 3_600_000],
    [{ "retry-after": "Infinity" }, 3_600_000],
    [{ "retry-after-ms": "-5" }, 0],
    [{}, undefined],
  ])("Retry-After %j", (headers, ms) => {
    expect(retryAfterMs(headers)).toBe(ms);
  });

  it.each([
    [
      "AADSTS700016: not found. Trace ID: 1b2c Correlation ID: 9f Timestamp: 2026-01-01 10:00:00Z",
      "AADSTS700016: not found.",
    ],
    [
      "invalid_client: Error(s): 7000 - Timestamp: 2026-01-01 10:00:00Z - Description: AADSTS7: no - Correlation ID: Not Available",
      "invalid_client: Error(s): 7000 - Description: AADSTS7: no",
    ],
    ["see https://management.azure.com/op?t=1&s=abc now", "see <signed URL> now"],
    ["token eyJhbGciOi.eyJzdWIi.c2ln bad", "token <token> bad"],
    [
      "Encountered internal server error. Diagnostic information: timestamp '20200310T111055Z', subscription id '34adfa4f-cedf-4dc0-ba29-b6d1a69ab345', tracking id '0f8fad5b-d9cb-469f-a165-70867728950e', request correlation id '7c9e6679-7425-40de-944b-e07fc1f90ae7'.",
      "Encountered internal server error. Diagnostic information: subscription id '34adfa4f-cedf-4dc0-ba29-b6d1a69ab345', tracking id, request correlation id.",
    ],
    [
      "The tracking activity id is '0f8fad5b-d9cb-469f-a165-70867728950e', correlation id is '7c9e6679-7425-40de-944b-e07fc1f90ae7'.",
      "The tracking activity id, correlation id.",
    ],
    [
      "Internal error, activityId=0f8fad5b-d9cb-469f-a165-70867728950e, x-ms-correlation-request-id: 7c9e6679-7425-40de-944b-e07fc1f90ae7",
      "Internal error, activityId, x-ms-correlation-request-id",
    ],
    [
      "The request failed, RequestId:0f8fad5b-d9cb-469f-a165-70867728950e Time:2026-11-29T14:00:00.1234567Z",
      "The request failed, RequestId",
    ],
    [
      "Denied by policy (Activity ID 0f8fad5b-d9cb-469f-a165-70867728950e) at 2026-11-29T14:00:00.123+00:00.",
      "Denied by policy (Activity ID).",
    ],
    [
      "client id 0f8fad5b-d9cb-469f-a165-70867728950e of tenant 7c9e6679-7425-40de-944b-e07fc1f90ae7: the secret expired on 2026-10-01T00:00:00Z",
      "client id 0f8fad5b-d9cb-469f-a165-70867728950e of tenant 7c9e6679-7425-40de-944b-e07fc1f90ae7: the secret expired on 2026-10-01T00:00:00Z",
    ],
  ])("says the same each time, and nothing secret: %s", (text, stable) => {
    expect(stableMessage(text)).toBe(stable);
  });

  // One message must not keep the process busy for seconds: nothing else goes on meanwhile.
  it.each([" ", " -", "http://", "https://a?", "correlation id ", "a-b-", "request ", "at ", "2026-11-29T10:00:00."])(
    "is read in no time, whatever is in it: %j without end",
    (part) => {
      expect(stableMessage(`bad: ${part.repeat(200_000)}`).length).toBeLessThanOrEqual(2000);
    },
  );

  it("is not cut inside of a token before that is found", () => {
    const long = "https://management.azure.com/op?t=".padEnd(19_900, "a");
    expect(stableMessage(`see ${long} token eyJhbGciOi${"x".repeat(500)}.eyJzdWIi.c2ln`)).toBe(
      "see <signed URL> token",
    );
  });
});

describe("long-running operations", () => {
  it.each<[story: string, status: number, body: unknown, kind: string]>([
    ["Location, running", 202, undefined, "running"],
    ["Location, deleted", 204, undefined, "succeeded"],
    ["Location, the resource", 200, { id: "x", properties: { provisioningState: "Succeeded" } }, "succeeded"],
    ["Azure-AsyncOperation, running", 200, { status: "InProgress" }, "running"],
    ["a word nobody knows counts as running", 200, { status: "Accepted" }, "running"],
    ["Azure-AsyncOperation, done", 200, { status: "Succeeded" }, "succeeded"],
    ["failed", 200, { status: "Failed", error: { code: "C", message: "m" } }, "failed"],
    ["canceled without words", 200, { status: "Canceled" }, "failed"],
  ])("%s", (_story, status, body, kind) => {
    expect(progressOf({ status, body, operationUrl: undefined, retryAfterMs: undefined }).kind).toBe(kind);
  });

  it.each<[status: number, progress: object]>([
    [400, { kind: "failed", code: "C", words: "m" }],
    [409, { kind: "failed", code: "C", words: "m" }],
    [412, { kind: "failed", code: "C", words: "m" }],
    [423, { kind: "failed", code: "C", words: "m" }],
    [403, { kind: "unknown" }],
    [404, { kind: "unknown" }],
    [410, { kind: "unknown" }],
  ])("Location, which answers with %i", async (status, progress) => {
    const { client } = clientOf(() => ({ status, body: '{"error":{"code":"C","message":"m"}}' }));
    expect(await readOperation(client, POOL.subscriptionId, "https://arm.example/op", never, TURN)).toEqual(progress);
  });

  it.each([401, 408, 429, 500, 503])("Location, which answers with %i: an error", async (status) => {
    const { client } = clientOf(() => ({ status }));
    expect(
      (await failure(readOperation(client, POOL.subscriptionId, "https://arm.example/op", never, TURN))).status,
    ).toBe(status);
  });

  it("a URL that Azure refuses says nothing, an outage is an error", async () => {
    const refused = clientOf(() => ({ status: 403, body: '{"error":{"code":"AuthorizationFailed"}}' })).client;
    expect(await readOperation(refused, POOL.subscriptionId, "https://arm.example/op", never, TURN)).toEqual({
      kind: "unknown",
    });
    const away = clientOf(() => ({ status: 502 })).client;
    expect((await failure(readOperation(away, POOL.subscriptionId, "https://arm.example/op", never, TURN))).kind).toBe(
      "unavailable",
    );
  });

  it("a token from the emulator's Entra opens its ARM, over TLS", async () => {
    const emulator = await startEmulator();
    const [clock, userAgent] = [new FakeClock(), "test"];
    const untrusted = new ArmClient({ credential, endpoint: emulator.url, audience: "https://a", clock, userAgent });
    const error = await failure(untrusted.get(POOL, never));
    expect(error.code).toBe("ConnectionFailed");
    await emulator.close();
  });
});
