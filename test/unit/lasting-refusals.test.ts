import { afterEach, describe, expect, it } from "vitest";
import { findCondition } from "../../src/api/conditions.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;
afterEach(() => fleet.end());

/** Lets Azure refuse an update of a Ready pool by a 409, for two minutes and then an hour; counts the PUTs of the hour. */
async function refused(code: string, message: string): Promise<number> {
  fleet = new Fleet(1);
  fleet.start();
  fleet.apply("containers");
  await fleet.pass(3);
  fleet.network.inject = ({ side, method }) =>
    side === "azure" && method === "PUT"
      ? {
          kind: "answer",
          when: "before",
          change: () => ({ status: 409, headers: {}, body: JSON.stringify({ error: { code, message } }) }),
        }
      : undefined;
  fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
  await fleet.pass(2);
  fleet.newWrites();
  await fleet.pass(60);
  return fleet.newWrites().length;
}

describe("a conflict", () => {
  it.each([
    ["ScopeLocked", "The scope '/subscriptions/s' cannot perform write operation: remove the lock and try again."],
    ["MissingSubscriptionRegistration", "The subscription is not registered to use namespace 'Microsoft.App'."],
    ["ReadOnlyDisabledSubscription", "The subscription 's' is disabled and therefore marked as read only."],
    ["InvalidResourceLocation", "The resource 'pool00' already exists in location 'eastus'."],
  ])("that a person must end stalls the resource: %s", async (code, message) => {
    const writes = await refused(code, message);
    const stalled = findCondition(fleet.status("pool00")?.conditions, "Stalled");
    expect(stalled).toMatchObject({
      status: "True",
      reason: code,
      message: expect.stringContaining(message) as unknown,
    });
    expect(writes).toBeLessThanOrEqual(15);
  });

  it("of a code that nobody knows may end by itself, and is told in Azure's words", async () => {
    await refused("SessionPoolOperationInProgress", "Another operation runs.");
    expect(findCondition(fleet.status("pool00")?.conditions, "Stalled")?.status ?? "False").toBe("False");
    expect(findCondition(fleet.status("pool00")?.conditions, "Ready")).toMatchObject({
      reason: "AzureBusy",
      message: expect.stringContaining("SessionPoolOperationInProgress: Another operation runs.") as unknown,
    });
  });
});
