import { describe, expect, it } from "vitest";
import { ArmClient, type CallName } from "../../../src/azure/arm-client.ts";
import { ArmError } from "../../../src/azure/errors.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { httpClientOf } from "./arm-http.ts";

const POOL = { subscriptionId: "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345", resourceGroup: "rg", name: "pool" };
const noCredential = Object.assign(new Error("no token"), { name: "CredentialUnavailableError" });

/** The calls that are counted when a pool is read. */
async function counted(token: () => Promise<string>, status: number | "broken"): Promise<readonly string[]> {
  const calls: string[] = [];
  const endpoint = "https://management.azure.com";
  const arm = new ArmClient({
    credential: { getToken: async () => ({ token: await token(), expiresOnTimestamp: 9e15 }) },
    endpoint,
    audience: endpoint,
    clock: new FakeClock(),
    userAgent: "test",
    onCall: (name: CallName, code) => void calls.push(`${name} ${code}`),
    httpClient: httpClientOf(() => {
      if (status === "broken") throw new Error("socket hang up");
      return { status, body: "{}" };
    }),
  });
  await arm.get(POOL, new AbortController().signal).catch(() => undefined);
  return calls;
}

const good = (): Promise<string> => Promise.resolve("t");

describe("a call to Azure", () => {
  it("that was answered, or was made and not answered, is counted", async () => {
    expect(await counted(good, 200)).toEqual(["get 200"]);
    expect(await counted(good, 500)).toEqual(["get 500"]);
    expect(await counted(good, "broken")).toEqual(["get none"]);
  });

  it("that was not made, since there was no token for it, is counted as such", async () => {
    const pause = new ArmError("throttled", 429, "TooManyRequests", "Entra asked for a pause", 60_000);
    expect(await counted(() => Promise.reject(pause), 200)).toEqual(["get no_token"]);
    expect(await counted(() => Promise.reject(noCredential), 200)).toEqual(["get no_token"]);
  });
});
