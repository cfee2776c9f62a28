import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conditionOf, customPool, isReady, pythonPool, startWorld, type World } from "./world.ts";

/** How long nothing may be written, in milliseconds. */
const REST_MS = 60_000;
let world: World;

beforeAll(async () => {
  // LISTed every two seconds, each pool is looked at some thirty times in that minute.
  world = await startWorld({ args: ["--drift-interval=2s"] });
});

afterAll(async () => {
  await world.stop();
});

describe("when everything is Ready", () => {
  it("a minute passes without a write: none to Azure, none to Kubernetes", async () => {
    const identity = { type: "SystemAssigned" };
    await world.apply(
      customPool("resta", { tags: { team: "a" } }),
      customPool("restb", {
        location: "West US 3",
        identity,
        managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }],
      }),
      customPool("restd", { policy: { mode: "Observe" }, tags: { team: "a" } }),
      pythonPool("restc", { scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 5 } }),
    );
    const names = ["resta", "restb", "restc"];
    for (const name of names) await world.until(name, "Ready", isReady);
    await world.until("restd", "planned", (shown) => conditionOf(shown, "Stalled")?.reason === "ChangesPlanned");
    const versions = await resourceVersions();
    const from = new Date().toISOString();
    const calls = world.emulator.model.calls.length;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const since = world.emulator.model.calls.slice(calls);
    const count = (method: string): number => since.filter((call) => call.method === method).length;
    const writes = world.cluster.auditEvents().filter(
      (event) =>
        event.user.username.endsWith(":sessionpool-operator") &&
        event.requestReceivedTimestamp >= from &&
        ["create", "update", "patch", "delete"].includes(event.verb) &&
        // It is renewed every two seconds.
        event.objectRef?.resource !== "leases",
    );
    console.log(
      `at rest for ${REST_MS / 1000} s: ${count("PUT")} PUTs, ${count("GET")} GETs to Azure, ${writes.length} writes to Kubernetes`,
    );
    expect([count("PUT"), count("PATCH"), count("DELETE")]).toEqual([0, 0, 0]);
    const lists = since.filter(({ path }) => /\/sessionPools$/i.test(path)).length;
    console.log(`${lists} of the GETs are LISTs`);
    expect(lists).toBeGreaterThan(20);
    // A resource at rest is looked at by its own reconcile only now and then, and then by what a LIST has shown.
    expect(count("GET") - lists).toBe(0);
    expect(writes).toEqual([]);
    expect(await resourceVersions()).toEqual(versions);
  });
});

async function resourceVersions(): Promise<string> {
  const { stdout } = await world.cluster.kubectl([
    "get",
    "sessionpools",
    "-n",
    world.namespace,
    "-o",
    "jsonpath={.items[*].metadata.resourceVersion}",
  ]);
  return stdout;
}
