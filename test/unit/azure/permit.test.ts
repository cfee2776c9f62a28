import { describe, expect, it } from "vitest";
import { ArmClient } from "../../../src/azure/arm-client.ts";
import { NotLeading } from "../../../src/time/permit.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { httpClientOf } from "./arm-http.ts";

const POOL = { subscriptionId: "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345", resourceGroup: "rg", name: "alpha" };
const never = new AbortController().signal;

/** A client that may write until its token comes. */
function client(): { readonly arm: ArmClient; readonly sent: readonly string[]; readonly calls: readonly string[] } {
  const sent: string[] = [];
  const calls: string[] = [];
  let isAllowed = true;
  const arm = new ArmClient({
    credential: {
      getToken: () => {
        isAllowed = false;
        return Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 });
      },
    },
    endpoint: "https://arm.example",
    audience: "https://arm.example",
    clock: new FakeClock(),
    userAgent: "test",
    permit: () => {
      if (!isAllowed) throw new NotLeading();
    },
    onCall: (name) => void calls.push(name),
    httpClient: httpClientOf(({ method }) => {
      sent.push(method);
      return { status: 200, body: "{}" };
    }),
  });
  return { arm, sent, calls };
}

describe("a write to ARM that is not allowed any more when its token has come", () => {
  it.each<[string, (arm: ArmClient) => Promise<unknown>]>([
    ["PUT", (arm) => arm.put(POOL, {}, never)],
    ["DELETE", (arm) => arm.delete(POOL, never)],
  ])("is not sent, nor counted as a call: %s", async (_method, write) => {
    const { arm, sent, calls } = client();
    await expect(write(arm)).rejects.toThrow(NotLeading);
    expect([sent, calls]).toEqual([[], []]);
  });

  it("is none of a read's business", async () => {
    const { arm, sent } = client();
    await arm.get(POOL, never);
    expect(sent).toEqual(["GET"]);
  });
});
