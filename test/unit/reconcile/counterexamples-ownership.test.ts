import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { inAzure, listed, values } from "./counterexamples.ts";
import { conditionOf } from "./in-sync.ts";
import { apply, POOL_PATH, startWorld, type World } from "./world.ts";

const IF_UNOWNED = { policy: { adoption: "IfUnowned" } } as const;
const ALWAYS = { policy: { adoption: "Always" } } as const;
const FOREIGN = "c2/prod/alpha/uid-9";
const sessions = (max: number) => ({ scaleConfiguration: { maxConcurrentSessions: max, readySessionInstances: 2 } });

function body(max = 10, tags: object = {}, properties: object = {}): object {
  return {
    location: "westus3",
    tags,
    properties: {
      environmentId: POOL_PATH.replace(/Microsoft.App.*/, "Microsoft.App/managedEnvironments/env"),
      poolManagementType: "Dynamic",
      containerType: "CustomContainer",
      ...sessions(max),
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      customContainerTemplate: { containers: [{ name: "main", image: "img:1" }] },
      ...properties,
    },
  };
}

async function somebody(world: World, method: string, given?: object): Promise<void> {
  expect(world.model.asSomebody(method, POOL_PATH, given).status).toBeLessThan(300);
  await world.clock.advance(60_000);
}

async function adopted(spec: Partial<SessionPoolSpec>, given = body()): Promise<World> {
  const world = startWorld();
  world.secrets.set("creds", values({ a: "value-a1-77e0" }));
  await somebody(world, "PUT", given);
  apply(world, spec);
  await world.run(5);
  expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
  expect(world.puts).toEqual([]);
  return world;
}

describe("a claim on a pool", () => {
  it("ends with the update that brings the tag: two clusters that may take a pool do not fight for it", async () => {
    const world = await adopted(ALWAYS, body(10, { "appcontainers.dev.owner": FOREIGN }));
    apply(world, { ...ALWAYS, ...sessions(20) });
    await world.run(12);
    expect(world.puts).toHaveLength(1);
    for (let round = 0; round < 4; round += 1) {
      // The other cluster's operator takes it back, with the tag of the resource that it always had.
      await world.portal({ tags: { "appcontainers.dev.owner": FOREIGN }, properties: sessions(10) });
      await world.run(12);
    }
    expect(world.puts).toHaveLength(1);
    expect(conditionOf(world, "Stalled")?.reason).toBe("OwnedByOther");
  });

  it("ends with the pool: one that somebody made in its place is not taken", async () => {
    const world = await adopted(IF_UNOWNED);
    apply(world, { policy: { adoption: "Never" } });
    await world.run(3);
    await somebody(world, "DELETE");
    await somebody(world, "PUT", body(30));
    await world.run(12);
    expect(world.puts).toEqual([]);
    expect(conditionOf(world, "Stalled")?.reason).toBe("AlreadyExists");
  });

  it("says nothing of the secret values once an update has sent others", async () => {
    const world = await adopted(
      { ...listed("a"), ...IF_UNOWNED },
      body(10, {}, { secrets: [{ name: "a", value: "x" }] }),
    );
    world.secrets.set("creds", values({ a: "value-a2-77e0" }));
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-a2-77e0" });
    await world.portal({ tags: {} });
    await world.run(12);
    // Somebody took the tags off: the pool is adopted again, and has what it should.
    expect(world.writes).toEqual(["SecretsChanged"]);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    world.secrets.set("creds", values({ a: "value-a1-77e0" }));
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-a1-77e0" });
  });

  it("that a wiped status lost is no leave to undo what was only to be reported", async () => {
    const policy = { policy: { adoption: "IfUnowned", drift: "Report" } } as const;
    const world = await adopted(policy);
    await world.portal({ properties: sessions(30) });
    await world.run(3);
    expect(conditionOf(world, "Stalled")?.reason).toBe("Drifted");
    world.restart();
    if (world.live) world.live = { ...world.live, status: { observedGeneration: -1 } };
    world.cached = world.live;
    await world.run(12);
    expect(world.puts).toEqual([]);
  });
});
