import { describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import { apply, startWorld, type World } from "./world.ts";

const readyOf = (world: World): string | undefined => findCondition(world.live?.status?.conditions, "Ready")?.status;
const puts = (world: World): number => world.calls().filter((method) => method === "PUT").length;

/** A world in which the pool is Ready. */
async function settled(): Promise<World> {
  const world = startWorld();
  apply(world);
  await world.run(12);
  expect(readyOf(world)).toBe("True");
  return world;
}

describe("a resource from nothing to Ready", () => {
  it("takes one PUT, and two status writes: working, done", async () => {
    const world = await settled();
    expect(puts(world)).toBe(1);
    expect(world.statusWrites.map((status) => findCondition(status.conditions, "Ready")?.reason)).toEqual([
      "Creating",
      "Succeeded",
    ]);
    expect(world.events.map(({ reason }) => reason)).toEqual(["Creating", "Ready"]);
  });

  it("asks the operation while it runs, never before Retry-After, and the pool before and after", async () => {
    const world = startWorld();
    apply(world);
    await world.run(5);
    const times = world.model.calls
      .filter(({ path }) => path.includes("operationStatuses"))
      .map(({ time }) => Date.parse(time) - 1.7e12);
    expect(times).toEqual([15_000, 30_000, 45_000, 60_000]);
    const paths = world.model.calls.map(
      ({ method, path }) => `${method} ${path.includes("operationStatuses") ? "operation" : "pool"}`,
    );
    expect(paths).toEqual([
      "GET pool",
      "PUT pool",
      "GET operation",
      "GET operation",
      "GET operation",
      "GET operation",
      "GET pool",
    ]);
  });
});

describe("a cache that lags", () => {
  it("an old spec is not sent: the resource is read live before a PUT", async () => {
    const world = await settled();
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    const stale = world.cached;
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 30, readySessionInstances: 2 } });
    world.cached = stale;
    await world.reconcile();
    expect(puts(world)).toBe(2);
    expect(maxSessions(world)).toBe(30);
  });

  it("nothing is sent for an object that is gone, or whose name another has taken", async () => {
    for (const replace of [
      () => undefined,
      (live: World["live"]) => live && { ...live, metadata: { ...live.metadata, uid: "u2" } },
    ]) {
      const world = await settled();
      apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
      world.live = replace(world.live);
      expect(await world.reconcile()).toEqual({ kind: "retry" });
      expect(puts(world)).toBe(1);
    }
  });

  it("a pool is not deleted on the word of a cache", async () => {
    const world = await settled();
    world.cached = world.live && {
      ...world.live,
      metadata: { ...world.live.metadata, deletionTimestamp: "t", resourceVersion: "0" },
    };
    await world.reconcile();
    expect(world.calls()).not.toContain("DELETE");
  });
});

describe("at rest", () => {
  it("looks and writes nothing, also after a restart", async () => {
    const world = await settled();
    const before = [puts(world), world.statusWrites.length];
    await world.run(10);
    world.restart();
    await world.run(3);
    expect([puts(world), world.statusWrites.length]).toEqual(before);
  });

  it("a rewrite by Azure that nobody knew costs one PUT, is shown, and is no loop", async () => {
    const world = startWorld();
    world.tamper = (_method, response) => ({
      ...response,
      ...(response.body ? { body: response.body.replace('"img:1"', '"mirror/img:1"') } : {}),
    });
    apply(world);
    await world.run(20);
    expect(puts(world)).toBe(1);
    expect(findCondition(world.live?.status?.conditions, "Ready")).toMatchObject({
      status: "True",
      message: expect.stringContaining("/properties/customContainerTemplate/containers/0/image") as unknown,
    });
  });
});

describe("an edit that Azure refuses", () => {
  it("stays a difference: it is told, and sent again until Azure takes it", async () => {
    const world = await settled();
    world.model.faults.add({
      method: "PUT",
      pathPattern: "alpha",
      status: 400,
      times: 2,
      body: { error: { code: "QuotaExceeded", message: "no" } },
    });
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    expect(await world.reconcile()).toMatchObject({ kind: "retry", isTerminal: true });
    expect(findCondition(world.live?.status?.conditions, "Stalled")?.reason).toBe("QuotaExceeded");
    await world.run(12);
    expect([readyOf(world), maxSessions(world), puts(world)]).toEqual(["True", 20, 4]);
  });
});

describe("an outage of Azure", () => {
  it("does not call a Ready pool not Ready at once, but says so when it lasts", async () => {
    const world = await settled();
    world.model.faults.add({ method: "GET", pathPattern: "sessionPools", status: 502, times: 3 });
    const writes = world.statusWrites.length;
    expect(await world.reconcile()).toMatchObject({ kind: "retry" });
    expect(world.statusWrites.length).toBe(writes);
    await world.clock.advance(5 * 60_000);
    await world.reconcile();
    expect(findCondition(world.live?.status?.conditions, "Reconciling")?.reason).toBe("AzureUnavailable");
    await world.run(3);
    expect(readyOf(world)).toBe("True");
    expect(puts(world)).toBe(1);
  });
});

describe("a failed pool", () => {
  it("is tried again after a minute, then two, and not by a restart", async () => {
    const world = startWorld();
    apply(world, { customContainerTemplate: { containers: [{ name: "main", image: "missing-image" }] } });
    await world.run(4);
    await world.reconcile();
    expect(findCondition(world.live?.status?.conditions, "Stalled")?.reason).toBe("SessionPoolOperationError");
    const writes = world.statusWrites.length;
    world.restart();
    await world.reconcile();
    expect([puts(world), world.statusWrites.length]).toEqual([1, writes]);
    await world.clock.advance(60_000);
    await world.reconcile();
    expect(puts(world)).toBe(2);
  });

  it("is put right at once by an edit made while Azure still worked on the old spec", async () => {
    const world = startWorld();
    apply(world, { customContainerTemplate: { containers: [{ name: "main", image: "missing-image" }] } });
    await world.run(2);
    apply(world);
    await world.run(12);
    expect(readyOf(world)).toBe("True");
    expect(puts(world)).toBe(2);
  });
});

describe("deletion", () => {
  it("while Azure works on the pool: waits for its turn, deletes once, and lets go when the pool is gone", async () => {
    const world = startWorld();
    apply(world);
    await world.run(1);
    if (world.live) world.live = { ...world.live, metadata: { ...world.live.metadata, deletionTimestamp: "t" } };
    world.cached = world.live;
    await world.run(12);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.model.calls.filter(({ method }) => method === "DELETE").map(({ status }) => status)).toEqual([
      409, 202,
    ]);
    expect(world.events.at(-1)).toMatchObject({ type: "Normal", reason: "PoolDeleted" });
  });
});

function maxSessions(world: World): unknown {
  const url =
    "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha?api-version=2025-07-01";
  const { body } = world.model.handle({ method: "GET", url, headers: {}, body: undefined });
  return (JSON.parse(body ?? "") as { properties: { scaleConfiguration: { maxConcurrentSessions: number } } })
    .properties.scaleConfiguration.maxConcurrentSessions;
}
