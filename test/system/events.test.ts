import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../cluster/processes.ts";
import { callAzure } from "./azure.ts";
import { customPool, isReady, startWorld, type World } from "./world.ts";

const TIMES = 5;
const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe("what happens again and again", () => {
  it("is one event that counts, and kubectl describe shows it", async () => {
    await world.apply(customPool("flapping"));
    await world.until("flapping", "Ready", isReady);
    const before = world.azureCalls("PUT", "flapping").length;
    for (let time = 1; time <= TIMES; time += 1) {
      const body = { properties: { scaleConfiguration: { maxConcurrentSessions: 77 } } };
      expect(callAzure(world.emulator.model, "PATCH", "flapping", body).status).toBe(202);
      await world.until(
        "flapping",
        `restored for the ${time}. time`,
        (shown) => isReady(shown) && world.azureCalls("PUT", "flapping").length === before + time,
      );
    }
    // Events are written beside the work.
    let warnings: Awaited<ReturnType<World["events"]>> = [];
    await waitUntil("all are counted", 10_000, [], async () => {
      warnings = (await world.events("flapping")).filter(({ type }) => type === "Warning");
      return JSON.stringify(warnings).includes(`"count":${TIMES}`);
    });
    expect(warnings).toMatchObject([
      { reason: "DriftCorrected", note: expect.stringContaining(MAX), series: { count: TIMES } },
    ]);
    const { stdout } = await world.cluster.kubectl(["describe", "sessionpool", "flapping", "-n", world.namespace]);
    expect(stdout).toMatch(/Warning +DriftCorrected +.*\(x5 over .*the pool was changed in Azure at /);
  });
});
