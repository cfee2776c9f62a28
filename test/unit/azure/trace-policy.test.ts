import type { TokenCredential } from "@azure/identity";
import { describe, expect, it } from "vitest";
import { ArmClient } from "../../../src/azure/arm-client.ts";
import type { CallAttributes, TraceCall } from "../../../src/azure/trace-policy.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { httpClientOf, type Reply, type Seen } from "./arm-http.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const POOL = { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name: "alpha" };
const ARM = "https://arm.example";
const OPERATIONS = `${ARM}/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/locations/westus/operationStatuses`;
const SIGNED = `${OPERATIONS}/8d0b-op?api-version=2025-07-01&t=6389&c=MIIHhzCC&s=signature&h=hash`;
const never = new AbortController().signal;
const credential = {
  getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }),
} as TokenCredential;

/** Makes a call, and says what a trace tells of it and what left the process. */
async function traced(
  reply: Reply,
  call: (client: ArmClient) => Promise<unknown>,
): Promise<{
  readonly name: string;
  readonly told: CallAttributes;
  readonly seen: readonly Seen[];
  readonly sent: string;
}> {
  const clock = new FakeClock();
  let [name, told]: [string, CallAttributes] = ["", {}];
  const seen: Seen[] = [];
  const trace: TraceCall = async (title, attributes, run) => {
    name = title;
    told = attributes;
    return await run((more) => (told = { ...told, ...more }));
  };
  const client = new ArmClient({
    credential,
    endpoint: ARM,
    audience: ARM,
    clock,
    userAgent: "test",
    trace,
    httpClient: httpClientOf((request) => {
      seen.push(request);
      return reply;
    }),
  });
  await call(client).catch(() => undefined);
  return { name, told, seen, sent: JSON.stringify([name, told]) };
}

describe("what a trace tells of a call to ARM", () => {
  it("of a PUT: where to, how it ended, and what Azure calls it", async () => {
    const { name, told } = await traced(
      {
        status: 201,
        headers: {
          "x-ms-request-id": "r1",
          "x-ms-correlation-request-id": "c1",
          "azure-asyncoperation": SIGNED,
        },
        body: "{}",
      },
      (client) => client.put(POOL, { properties: { secrets: [{ value: "hunter2" }] } }, never),
    );
    expect(name).toBe("PUT sessionPools");
    expect(told).toEqual({
      "http.request.method": "PUT",
      "url.full": `${ARM}/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha`,
      "server.address": "arm.example",
      "server.port": 443,
      "azure.resource_provider.namespace": "Microsoft.App",
      "http.response.status_code": 201,
      "azure.service.request.id": "r1",
      "azure.correlation_request.id": "c1",
      "azure.operation.id": "8d0b-op",
    });
  });

  it("of a look at an operation: never its signature", async () => {
    const { name, told, seen, sent } = await traced({ status: 200, body: '{"status":"InProgress"}' }, (client) =>
      client.getOperation(SUBSCRIPTION, SIGNED, never),
    );
    expect(seen[0]?.url).toContain("s=signature");
    expect([name, told["url.full"]]).toEqual(["GET locations/operationStatuses", `${OPERATIONS}/8d0b-op`]);
    for (const secret of ["signature", "MIIHhzCC", "hash", "6389", "?"]) expect(sent).not.toContain(secret);
  });

  it("of a refusal: its status, and how long Azure wants to be left alone", async () => {
    const { told } = await traced({ status: 429, headers: { "retry-after": "17" }, body: "{}" }, (client) =>
      client.get(POOL, never),
    );
    expect(told).toMatchObject({ "http.response.status_code": 429, "http.response.header.retry-after": ["17"] });
  });
});
