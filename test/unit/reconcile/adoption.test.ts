import { describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import { FINALIZER, type SessionPoolSpec } from "../../../src/api/session-pool.ts";
import type { Json } from "../../../src/sessionpool/json.ts";
import { listed, values } from "./counterexamples.ts";
import { apply, POOL_PATH, startWorld, type World } from "./world.ts";

const FOREIGN = "c2/prod/alpha/uid-9";
const IF_UNOWNED = { policy: { adoption: "IfUnowned" } } as const;
const ALWAYS = { policy: { adoption: "Always" } } as const;
const conditionOf = (world: World, type: string): string | undefined =>
  findCondition(world.live?.status?.conditions, type)?.reason;
const tagsOf = (world: World): Json | undefined => world.pool().tags;

/** A world with a pool that somebody else made, equal to what the resource will ask for but for `changes`. */
async function existing(
  changes: { readonly body?: object; readonly properties?: object } = {},
  spec: Partial<SessionPoolSpec> = {},
): Promise<World> {
  const body = {
    location: "westus3",
    properties: {
      environmentId: POOL_PATH.replace(/Microsoft.App.*/, "Microsoft.App/managedEnvironments/env"),
      poolManagementType: "Dynamic",
      containerType: "CustomContainer",
      scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      customContainerTemplate: { containers: [{ name: "main", image: "img:1" }] },
      ...changes.properties,
    },
    ...changes.body,
  };
  const world = startWorld();
  world.secrets.set("creds", values({ a: "value-a1-4f1c", b: "value-b1-4f1c" }));
  expect(world.model.asSomebody("PUT", POOL_PATH, body).status).toBeLessThan(300);
  await world.clock.advance(60_000);
  apply(world, spec);
  await world.run(5);
  return world;
}

describe("a pool that was there before its resource", () => {
  it("is left alone by default, and the plan says what adopting would change", async () => {
    const world = await existing({}, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    expect(conditionOf(world, "Stalled")).toBe("AlreadyExists");
    expect(world.live?.status?.plan?.changes).toMatchObject([{ desired: 20, observed: 10 }]);
    expect(world.puts).toEqual([]);
  });

  it("is adopted without a write to Azure, and stays Ready so after a restart", async () => {
    const world = await existing({}, IF_UNOWNED);
    world.restart();
    await world.run(5);
    expect(conditionOf(world, "Ready")).toBe("Succeeded");
    expect(world.live?.status?.adopted).toMatchObject({ id: POOL_PATH, generation: 1 });
    expect(world.puts).toEqual([]);
    expect(tagsOf(world)).toBeUndefined();
    expect(world.events.map(({ reason }) => reason)).toEqual(["Adopted", "Ready"]);
  });

  it("keeps its owner when adoption is no longer allowed: the claim stands", async () => {
    const world = await existing({}, IF_UNOWNED);
    apply(world, { policy: { adoption: "Never" } });
    await world.run(3);
    expect(conditionOf(world, "Ready")).toBe("Succeeded");
  });

  it("gets the owner tag with the first update, and is deleted with its resource from then on", async () => {
    const world = await existing({ body: { tags: { theirs: "x" } } }, IF_UNOWNED);
    apply(world, { ...IF_UNOWNED, scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
    await world.run(12);
    expect(world.puts).toHaveLength(1);
    expect(tagsOf(world)).toMatchObject({ theirs: "x", "appcontainers.dev.owner": "c1/ns/alpha/u1" });
    remove(world);
    await world.run(8);
    expect(world.writes.at(-1)).toBe("Delete");
  });

  it("that was adopted and never updated stays in Azure when its resource goes", async () => {
    const world = await existing({}, IF_UNOWNED);
    remove(world);
    await world.run(1);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.writes).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ type: "Warning", reason: "PoolNotOurs" });
  });

  it("is sent no secret at adoption, and the new value once one is rotated", async () => {
    const secrets = {
      secrets: [
        { name: "a", value: "somebody's" },
        { name: "b", value: "somebody's" },
      ],
    };
    const world = await existing({ properties: secrets }, { ...listed("a", "b"), ...IF_UNOWNED });
    expect(conditionOf(world, "Ready")).toBe("Succeeded");
    expect(world.puts).toEqual([]);
    world.secrets.set("creds", values({ a: "value-a2-4f1c", b: "value-b1-4f1c" }));
    await world.run(12);
    expect(world.writes).toEqual(["SecretsChanged"]);
    expect(world.model.secretValues(POOL_PATH).get("a")).toBe("value-a2-4f1c");
  });
});

describe("a pool with the tag of another cluster", () => {
  const theirs = { body: { tags: { "appcontainers.dev.owner": FOREIGN } } };

  it("is not adopted because it is there", async () => {
    const world = await existing(theirs, IF_UNOWNED);
    expect(conditionOf(world, "Stalled")).toBe("OwnedByOther");
  });

  it("is taken only by Always, and when the other takes it back there is no war", async () => {
    const world = await existing(theirs, ALWAYS);
    expect(world.live?.status?.adopted?.owner).toBe(FOREIGN);
    const taken = { ...ALWAYS, scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } };
    apply(world, taken);
    await world.run(12);
    expect(world.puts).toHaveLength(1);
    for (let round = 0; round < 3; round += 1) {
      await world.portal({ tags: { "appcontainers.dev.owner": `${FOREIGN}${round}` } });
      await world.run(4);
    }
    // One adoption of this generation, if any; and nothing is written for it.
    expect(world.puts).toHaveLength(1);
    expect(conditionOf(world, "Stalled")).toBe("OwnedByOther");
  });
});

describe("a deletion that spec.policy.protect forbids", () => {
  it("is held until it is allowed", async () => {
    const world = startWorld();
    apply(world, { policy: { protect: true } });
    await world.run(12);
    remove(world);
    await world.run(3);
    expect(conditionOf(world, "Stalled")).toBe("Protected");
    expect(world.writes).toEqual(["Create"]);
    apply(world, { policy: { protect: false } });
    await world.run(8);
    expect(world.writes).toEqual(["Create", "Delete"]);
  });
});

describe("a deletion that Azure does not allow", () => {
  it("says what it needs, and how to let go of the resource", async () => {
    const world = startWorld();
    apply(world);
    await world.run(12);
    remove(world);
    const body = JSON.stringify({ error: { code: "AuthorizationFailed", message: "no right to delete" } });
    world.tamper = (method, response) => (method === "DELETE" ? { ...response, status: 403, body } : response);
    await world.reconcile();
    expect(findCondition(world.live?.status?.conditions, "Stalled")).toMatchObject({
      reason: "AuthorizationFailed",
      message: expect.stringMatching(/no right to delete; .*spec.policy.deletion to Orphan/),
    });
    apply(world, { policy: { deletion: "Orphan" } });
    await world.reconcile();
    expect(world.live?.metadata.finalizers).toEqual([]);
  });
});

describe("a PUT without an answer, and a deletion right after it", () => {
  const lost = { status: 504, body: JSON.stringify({ error: { code: "GatewayTimeout", message: "no answer" } }) };

  it("the finalizer stays until the PUT can no longer take effect", async () => {
    const world = startWorld();
    apply(world);
    const behind = world.model.handle.bind(world.model);
    let late: Parameters<typeof behind>[0] | undefined;
    // The front end gives up; the service gets the call later.
    world.model.handle = (request) => {
      if (request.method !== "PUT") return behind(request);
      late = request;
      return { ...behind({ ...request, method: "GET" }), ...lost };
    };
    await world.reconcile();
    remove(world);
    await world.reconcile();
    expect(world.live?.metadata.finalizers).toEqual([FINALIZER]);
    world.model.handle = behind;
    if (late) behind(late);
    await world.run(12);
    expect(world.writes).toEqual(["Delete"]);
    expect(world.live?.metadata.finalizers).toEqual([]);
  });

  it("the resource goes when it did not", async () => {
    const world = startWorld();
    apply(world);
    world.tamper = (method, response) => (method === "PUT" ? { ...response, ...lost } : response);
    world.model.faults.add({ method: "PUT", pathPattern: "/sessionPools/", status: 504, times: 1 });
    await world.run(1);
    remove(world);
    await world.clock.advance(120_000);
    await world.reconcile();
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.writes).toEqual([]);
  });

  it("a deletion later, when the pool has been seen since, waits for nothing", async () => {
    const world = startWorld();
    apply(world);
    world.tamper = (method, response) => (method === "PUT" ? { ...response, ...lost } : response);
    await world.reconcile();
    world.tamper = (_method, response) => response;
    await world.reconcile();
    remove(world);
    const gone = { status: 404, body: JSON.stringify({ error: { code: "ResourceNotFound", message: "gone" } }) };
    world.tamper = (method, response) => (method === "GET" ? { ...response, ...gone } : response);
    await world.reconcile();
    expect(world.live?.metadata.finalizers).toEqual([]);
  });
});

function remove(world: World): void {
  if (!world.live) throw new Error("there is nothing to delete");
  world.live = {
    ...world.live,
    metadata: { ...world.live.metadata, finalizers: [FINALIZER], deletionTimestamp: "2026-01-01T00:00:00Z" },
  };
  world.cached = world.live;
}
