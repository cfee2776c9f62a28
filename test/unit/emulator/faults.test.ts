import { describe, expect, it } from "vitest";
import { API, type Answer, Azure, custom, type Json, POOL, POOLS } from "./model-azure.ts";

const FAULTS = "/_emulator/faults";
const CALLS = "/_emulator/calls";
const error = { error: { code: "TooManyRequests", message: "slow down" } };

/** A fault for every PUT, unless the story says otherwise. */
function put(azure: Azure, fault: Json = {}): Answer {
  return azure.send("POST", FAULTS, { method: "PUT", pathPattern: "/sessionPools/", status: 503, times: 1, ...fault });
}

const statuses = (azure: Azure, ...methods: string[]): number[] =>
  methods.map((method) => azure.send(method, POOL, custom()).status);

describe("faults", () => {
  it.each<[phase: "before" | "after" | undefined, found: number]>([
    [undefined, 404],
    ["before", 404],
    ["after", 200],
  ])("%s: the caller gets the fault, and the pool is then answered %i", (phase, found) => {
    const azure = new Azure();
    expect(put(azure, { phase, status: 429, headers: { "retry-after": "7" }, body: error }).status).toBe(201);
    const { status, headers, body } = azure.send("PUT", POOL, custom());
    expect([status, headers["retry-after"], body]).toEqual([429, "7", error]);
    expect(headers).not.toHaveProperty("azure-asyncoperation");
    expect(azure.send("GET", POOL).status).toBe(found);
  });

  it.each<[phase: string, found: number[]]>([
    ["before", [503, 202]],
    ["after", [503, 202]],
  ])("%s a DELETE: a second DELETE is accepted", (phase, found) => {
    const azure = new Azure();
    azure.create();
    put(azure, { method: "DELETE", phase });
    const first = azure.send("DELETE", POOL).status;
    expect(azure.pool().properties.provisioningState).toBe(phase === "after" ? "Deleting" : "Succeeded");
    expect([first, azure.send("DELETE", POOL).status]).toEqual(found);
  });

  it.each<[story: string, fault: Json, methods: string[], expected: number[]]>([
    ["times", { times: 2 }, ["PUT", "PUT", "PUT"], [503, 503, 201]],
    ["method", { method: "GET" }, ["PUT", "GET", "GET"], [201, 503, 200]],
    ["path", { pathPattern: "/sessionPools/beta$" }, ["PUT"], [201]],
    ["path in any casing", { pathPattern: "/SESSIONPOOLS/ALPHA$" }, ["PUT"], [503]],
  ])("hit by %s", (_story, fault, methods, expected) => {
    const azure = new Azure();
    put(azure, fault);
    expect(statuses(azure, ...methods)).toEqual(expected);
  });

  it("are hit in their order, and end with DELETE", () => {
    const azure = new Azure();
    for (const status of [500, 502, 504]) put(azure, { status });
    expect(statuses(azure, "PUT", "PUT")).toEqual([500, 502]);
    expect(azure.send("DELETE", FAULTS).status).toBe(204);
    expect(statuses(azure, "PUT")).toEqual([201]);
  });

  it("reach polls and the token endpoint, by the model's own door too", () => {
    const azure = new Azure();
    const poll = azure.send("PUT", POOL, custom()).headers["azure-asyncoperation"] ?? "";
    azure.model.faults.add({ method: "GET", pathPattern: "/operationStatuses/", status: 500, times: 1 });
    expect([azure.send("GET", poll).status, azure.send("GET", poll).status]).toEqual([500, 200]);
    put(azure, { method: "POST", pathPattern: "/token$", body: error });
    expect(azure.send("POST", "/tenant/oauth2/v2.0/token", "")).toMatchObject({ status: 503, body: error });
  });

  it.each<[member: string, fault: Json]>([
    ["method", { method: undefined }],
    ["pathPattern", { pathPattern: undefined }],
    ["pathPattern", { pathPattern: "(" }],
    ["status", { status: "503" }],
    ["status", { status: 99 }],
    ["times", { times: undefined }],
    ["times", { times: 0 }],
    ["phase", { phase: "during" }],
    ["headers", { headers: { "retry-after": 7 } }],
  ])("with a wrong %s are refused: %o", (member, fault) => {
    const azure = new Azure();
    const message = expect.stringMatching(`: ${member}$`) as string;
    expect(put(azure, fault)).toMatchObject({ status: 400, body: { error: { code: "InvalidFault", message } } });
    expect(statuses(azure, "PUT")).toEqual([201]);
  });
});

describe("/_emulator/calls", () => {
  it("tells each call with the status that its caller got, without query, and not its own routes", () => {
    const azure = new Azure();
    put(azure, { status: 502, phase: "after" });
    put(azure, { status: 429 });
    azure.send("PUT", POOL, custom());
    azure.advance(1.5);
    const { headers } = azure.send("PUT", POOL, custom(), { "x-ms-correlation-request-id": "sent" });
    expect(headers).not.toHaveProperty("azure-asyncoperation");
    azure.send("GET", `${POOLS}?${API}&%24skipToken=0`, undefined, { "x-ms-correlation-request-id": "listed" });
    azure.send("POST", "/tenant/oauth2/v2.0/token", "");
    azure.send("GET", CALLS);
    const start = "2026-01-02T03:04:05.678Z";
    const later = "2026-01-02T03:04:07.178Z";
    const calls = [
      { seq: 1, time: start, method: "PUT", path: POOL, status: 429 },
      { seq: 2, time: later, method: "PUT", path: POOL, status: 502 },
      { seq: 3, time: later, method: "GET", path: POOLS, status: 200 },
      { seq: 4, time: later, method: "POST", path: "/tenant/oauth2/v2.0/token", status: 400 },
    ];
    expect(azure.send("GET", CALLS)).toMatchObject({ status: 200, body: { calls } });
    expect(azure.model.calls).toMatchObject(calls);
    expect(azure.model.calls[2]).toHaveProperty("correlationId", "listed");
  });

  it("is emptied by DELETE, and its numbers go on", () => {
    const azure = new Azure();
    azure.create();
    azure.pool();
    expect(azure.send("DELETE", CALLS).status).toBe(204);
    expect(azure.send("GET", CALLS).body).toEqual({ calls: [] });
    azure.pool();
    expect(azure.send("GET", CALLS).body).toMatchObject({ calls: [{ seq: 3, method: "GET" }] });
  });

  it.each<[method: string, path: string]>([
    ["GET", FAULTS],
    ["POST", CALLS],
    ["GET", "/_emulator/pools"],
  ])("%s %s is not there", (method, path) => {
    expect(new Azure().send(method, path).status).toBe(404);
  });
});
