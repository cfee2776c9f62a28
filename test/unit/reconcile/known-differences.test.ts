import { describe, expect, it } from "vitest";
import { valueAt } from "../../../src/sessionpool/json.ts";
import type { EmulatorResponse } from "../../emulator/http.ts";
import { conditionOf, expectRest, puts } from "./in-sync.ts";
import { apply, startWorld, type World } from "./world.ts";

const PATH = "/properties/scaleConfiguration/maxConcurrentSessions";

/** Azure gives back another value for maxConcurrentSessions than it was given. */
function rewriting(value: () => number): World["tamper"] {
  return (_method, response): EmulatorResponse =>
    response.body?.includes("maxConcurrentSessions") === true
      ? {
          ...response,
          body: response.body.replace(/"maxConcurrentSessions":\d+/, `"maxConcurrentSessions":${value()}`),
        }
      : response;
}

async function rewritten(): Promise<World> {
  const world = startWorld();
  world.tamper = rewriting(() => 9);
  apply(world);
  await world.run(12);
  return world;
}

describe("a difference that Azure insists on", () => {
  it("costs no further PUT, is remembered and shown, and the pool is Ready", async () => {
    const world = await rewritten();
    expect(conditionOf(world, "Ready")).toMatchObject({
      status: "True",
      message: expect.stringContaining(PATH) as unknown,
    });
    expect(world.live?.status?.applied).toEqual({
      generation: 1,
      differences: [{ path: PATH, desired: 10, observed: 9, updates: 1 }],
    });
    await expectRest(world, 1);
  });

  it("is learned again with one PUT after the status was wiped", async () => {
    const world = await rewritten();
    if (world.live) world.live = { ...world.live, status: { observedGeneration: -1 } };
    world.cached = world.live;
    await world.run(12);
    expect(puts(world)).toBe(2);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    await expectRest(world, 2);
  });

  it("is forgotten when it is gone", async () => {
    const world = await rewritten();
    world.tamper = (_method, response) => response;
    await world.run(3);
    expect(world.live?.status?.applied).toBeUndefined();
    expect(conditionOf(world, "Ready")?.message).toBe("Azure has what the resource asks for");
    await expectRest(world, 1);
  });

  it("does not hide another value there", async () => {
    const world = await rewritten();
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    await world.run(12);
    expect(puts(world)).toBe(2);
    await expectRest(world, 2);
  });

  it("is not what somebody else changed before the operator looked again", async () => {
    const world = startWorld();
    apply(world);
    await world.reconcile();
    await world.clock.advance(60_000);
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
    await world.run(14);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    expect(world.live?.status?.applied).toBeUndefined();
    expect(valueAt(world.pool(), PATH)).toBe(10);
    await expectRest(world, 2);
  });

  it("with a crash before it was written down costs one more PUT, not more", async () => {
    const world = startWorld();
    world.tamper = rewriting(() => 9);
    apply(world);
    await world.run(4);
    world.restart();
    await world.run(12);
    expect(puts(world)).toBe(2);
    await expectRest(world, 2);
  });

  it("is not lost when the status cannot be written", async () => {
    const world = startWorld();
    world.tamper = rewriting(() => 9);
    apply(world);
    await world.run(4);
    let failures = 2;
    world.beforeStatusWrite = () => {
      if (failures-- > 0) throw new Error("the API server is away");
    };
    await expect(world.reconcile()).rejects.toThrow("away");
    await expect(world.reconcile()).rejects.toThrow("away");
    await world.run(5);
    expect(world.live?.status?.applied?.differences).toHaveLength(1);
    await expectRest(world, 1);
  });
});

describe("the same PUT without effect", () => {
  /** Each read shows another value. */
  async function restless(): Promise<World> {
    const world = startWorld();
    let value = 100;
    world.tamper = rewriting(() => (value += 1));
    apply(world);
    await world.run(60);
    return world;
  }

  it("is made three times; then the operator stops and names the path", async () => {
    const world = await restless();
    expect(puts(world)).toBe(3);
    expect(conditionOf(world, "Stalled")).toMatchObject({
      reason: "NotConverging",
      message: expect.stringContaining(PATH) as unknown,
    });
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "False" });
    await expectRest(world, 3);
  });

  it("is made again when the spec changes, and not when something else does", async () => {
    const world = await restless();
    await world.portal({ tags: { ...(world.pool().tags as object), note: "x" } });
    await world.run(10);
    expect(puts(world)).toBe(3);

    world.tamper = (_method, response) => response;
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    await world.run(12);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    await expectRest(world, 4);
  });

  it("also ends when somebody else undoes each update at once", async () => {
    const world = startWorld();
    world.tamper = (_method, response) => {
      // The other one writes after us, each time.
      const body = response.body
        ?.replace(/"maxConcurrentSessions":\d+/, '"maxConcurrentSessions":9')
        .replace(/"lastModifiedAt":"[^"]*[^Z]"/, `"lastModifiedAt":"2027-01-01T00:00:00.${puts(world)}"`);
      return { ...response, body };
    };
    apply(world);
    await world.run(60);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "NotConverging" });
    await expectRest(world, 3);
  });

  it("that had an effect does not count: somebody who changes the pool each day is put right each day", async () => {
    const world = startWorld();
    apply(world);
    await world.run(12);
    for (let day = 1; day <= 5; day += 1) {
      await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
      await world.run(12);
      expect(puts(world)).toBe(1 + day);
      expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    }
  });
});
