import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../cluster/processes.ts";
import { callAzure, changeInAzure } from "./azure.ts";
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
    const puts = (): number => world.azureCalls("PUT", "flapping").length;
    const isAtRest = (): boolean =>
      callAzure(world.emulator.model, "GET", "flapping").json.properties.provisioningState === "Succeeded";
    const before = puts();
    for (let time = 1; time <= TIMES; time += 1) {
      await changeInAzure(world, "flapping", { properties: { scaleConfiguration: { maxConcurrentSessions: 77 } } });
      await world.until("flapping", `restored for the ${time}. time`, () => puts() === before + time && isAtRest());
      // Asked only now: what was Ready before the PUT is called so until its answer has come.
      await world.until("flapping", "Ready", isReady);
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
