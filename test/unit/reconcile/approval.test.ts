import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { conditionOf, expectRest, puts, readyWorld } from "./in-sync.ts";
import { apply, startWorld, type World } from "./world.ts";

const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
const observe: Partial<SessionPoolSpec> = { policy: { mode: "Observe" } };
const approve: Partial<SessionPoolSpec> = { policy: { mode: "Approve" } };
const scaled = (max: number): Partial<SessionPoolSpec> => ({
  scaleConfiguration: { maxConcurrentSessions: max, readySessionInstances: 2 },
});

/** The user's annotation. */
function annotate(world: World, hash: string | undefined): void {
  if (!world.live || hash === undefined) throw new Error("there is nothing to approve");
  const annotations = { "appcontainers.dev/approved-plan": hash };
  world.live = { ...world.live, metadata: { ...world.live.metadata, annotations, resourceVersion: `${hash}-1` } };
  world.cached = world.live;
}

function remove(world: World): void {
  if (!world.live) throw new Error("there is nothing to delete");
  const { metadata } = world.live;
  world.live = {
    ...world.live,
    metadata: { ...metadata, generation: metadata.generation + 1, deletionTimestamp: "2026-01-01T00:00:00Z" },
  };
  world.cached = world.live;
}

const writesIn = (world: World): readonly string[] =>
  world.model.calls.filter(({ method }) => method !== "GET" && method !== "PATCH").map(({ method }) => method);

describe("policy.mode Observe", () => {
  it("creates nothing, and shows what it would create", async () => {
    const world = startWorld();
    apply(world, observe);
    await world.run(5);
    expect(writesIn(world)).toEqual([]);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "ChangesPlanned" });
    expect(world.live?.status?.plan).toMatchObject({ action: "Create" });
    expect(world.live?.status?.plan?.changes).toContainEqual({ path: "/location", desired: "westus3" });
  });

  it("changes nothing, and shows the difference; Ready when there is none", async () => {
    const world = await readyWorld();
    apply(world, { ...observe, ...scaled(11) });
    await world.run(3);
    expect(world.live?.status?.plan).toMatchObject({
      action: "Update",
      changes: [{ path: MAX, desired: 11, observed: 10 }],
    });
    await expectRest(world, 1);

    apply(world, observe);
    await world.run(3);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    expect(world.live?.status?.plan).toMatchObject({ action: "None", changes: [] });
    await expectRest(world, 1);
  });

  it("deletes nothing either", async () => {
    const world = await readyWorld();
    apply(world, observe);
    remove(world);
    await world.run(3);
    expect(writesIn(world)).toEqual(["PUT"]);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ type: "Warning", reason: "PoolOrphaned" });
  });

  it("says what was changed in Azure", async () => {
    const world = await readyWorld();
    apply(world, observe);
    await world.run(2);
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
    await world.run(2);
    expect(conditionOf(world, "Drifted")?.message).toContain(MAX);
    expect(world.live?.status?.plan).toMatchObject({ changes: [{ path: MAX, desired: 10, observed: 50 }] });
    await expectRest(world, 1);
  });
});

describe("policy.mode Approve", () => {
  it("waits for the annotation with the plan's hash, for a creation and for each change", async () => {
    const world = startWorld();
    apply(world, approve);
    await world.run(3);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "ApprovalRequired" });
    expect(writesIn(world)).toEqual([]);
    const { hash } = world.live?.status?.plan ?? {};
    expect(conditionOf(world, "Stalled")?.message).toContain(`appcontainers.dev/approved-plan=${hash}`);

    annotate(world, hash);
    await world.run(12);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    await expectRest(world, 1);

    apply(world, { ...approve, ...scaled(11) });
    await world.run(3);
    expect(world.live?.status?.plan).toMatchObject({ action: "Update", changes: [{ path: MAX }] });
    await expectRest(world, 1);
    annotate(world, world.live?.status?.plan?.hash);
    await world.run(12);
    await expectRest(world, 2);
  });

  it("a plan that has changed meanwhile needs approval anew", async () => {
    const world = await readyWorld();
    apply(world, { ...approve, ...scaled(11) });
    await world.run(3);
    const { hash } = world.live?.status?.plan ?? {};
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 5 } } });
    annotate(world, hash);
    await world.run(3);
    expect(world.live?.status?.plan).toMatchObject({ changes: [{ path: MAX, desired: 11, observed: 5 }] });
    expect(world.live?.status?.plan?.hash).not.toBe(hash);
    await expectRest(world, 1);
  });

  it("a deletion is a plan too", async () => {
    const world = await readyWorld();
    apply(world, approve);
    await world.run(2);
    remove(world);
    await world.run(3);
    expect(world.live?.status?.plan).toMatchObject({ action: "Delete" });
    expect(writesIn(world)).toEqual(["PUT"]);
    annotate(world, world.live?.status?.plan?.hash);
    await world.run(12);
    expect(writesIn(world)).toEqual(["PUT", "DELETE"]);
    expect(world.live?.metadata.finalizers).toEqual([]);
  });

  it("new secret values are a plan of their own, without the values", async () => {
    const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
    const world = await readyWorld({ secrets }, ({ secrets: store }) => store.set("s", new Map([["k", "value-k1"]])));
    apply(world, { ...approve, secrets });
    world.secrets.set("s", new Map([["k", "value-k2"]]));
    await world.run(3);
    const first = world.live?.status?.plan;
    expect(first).toMatchObject({ action: "Update", changes: [{ path: "/properties/secrets" }] });
    world.secrets.set("s", new Map([["k", "value-k3"]]));
    annotate(world, first?.hash);
    await world.run(3);
    expect(puts(world)).toBe(1);
    expect(world.live?.status?.plan?.hash).not.toBe(first?.hash);
    expect(JSON.stringify(world.statusWrites)).not.toContain("value-");
  });
});
