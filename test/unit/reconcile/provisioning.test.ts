import { describe, expect, it } from "vitest";
import { apply, startWorld, type World } from "./world.ts";

/** How the emulator's Azure works: 60 s on a PUT. */
const WORK_MS = 60_000;

async function ready(): Promise<World> {
  const world = startWorld();
  apply(world);
  await world.run(12);
  return world;
}

function resize(world: World, maxConcurrentSessions: number): void {
  apply(world, { scaleConfiguration: { maxConcurrentSessions, readySessionInstances: 2 } });
}

describe("how long Azure takes for a PUT", () => {
  it("is told once of a create and once of an update, from the PUT until its end is seen", async () => {
    const world = await ready();
    resize(world, 20);
    await world.run(12);
    expect(world.provisioned).toEqual([
      { kind: "create", outcome: "succeeded", ms: expect.any(Number) as unknown },
      { kind: "update", outcome: "succeeded", ms: expect.any(Number) as unknown },
    ]);
    for (const { ms } of world.provisioned) {
      expect(ms).toBeGreaterThanOrEqual(WORK_MS);
      expect(ms).toBeLessThanOrEqual(WORK_MS + 15_000);
    }
  });

  it("is told of one that fails, and anew of the next try", async () => {
    const world = startWorld();
    const image = (name: string): void =>
      apply(world, { customContainerTemplate: { containers: [{ name: "main", image: name }] } });
    image("reg/missing-image:1");
    await world.run(12);
    image("reg/image:2");
    await world.run(12);
    image("reg/missing-image:3");
    await world.run(8);
    const told = world.provisioned.map(({ kind, outcome }) => `${kind} ${outcome}`);
    // It tried more than once. What follows a create that failed is a create too.
    expect(told.filter((one, index) => one !== told[index - 1])).toEqual([
      "create failed",
      "create succeeded",
      "update failed",
    ]);
  });

  it("is not told of a PUT that Azure refused, or that a restart forgot", async () => {
    const world = await ready();
    const told = world.provisioned.length;
    world.model.faults.add({
      method: "PUT",
      pathPattern: "alpha",
      status: 400,
      times: 1,
      body: { error: { code: "QuotaExceeded", message: "no" } },
    });
    resize(world, 30);
    await world.reconcile();
    await world.reconcile();
    expect(world.writes.filter((reason) => reason === "SpecChanged")).toHaveLength(1);
    world.restart();
    await world.run(12);
    expect(world.provisioned).toHaveLength(told);
  });

  it("is told of a pool that is deleted meanwhile, since Azure finishes that first; a deletion is none", async () => {
    const world = await ready();
    resize(world, 40);
    await world.reconcile();
    world.live = world.cached = world.live && {
      ...world.live,
      metadata: { ...world.live.metadata, deletionTimestamp: "t" },
    };
    await world.run(20);
    expect(world.writes.at(-1)).toBe("Delete");
    expect(world.provisioned.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "create succeeded",
      "update succeeded",
    ]);
  });
});
