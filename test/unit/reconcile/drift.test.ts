import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { valueAt } from "../../../src/sessionpool/json.ts";
import { conditionOf, expectRest, puts, readyWorld } from "./in-sync.ts";
import { apply, POOL_PATH, type World } from "./world.ts";

const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
const portalEdit = { properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } };
const report: Partial<SessionPoolSpec> = { policy: { drift: "Report" } };
const noted = (world: World, reason: string): string | undefined =>
  world.events.find((event) => event.reason === reason)?.note;

describe("somebody changes the pool in Azure", () => {
  it("is put right by one PUT, and says what was changed, by whom and when", async () => {
    const world = await readyWorld();
    await world.portal(portalEdit);
    await world.reconcile();
    expect(conditionOf(world, "Drifted")).toMatchObject({
      status: "True",
      reason: "ChangedInAzure",
      message: expect.stringMatching(
        /^the pool was changed in Azure at \/properties\/scaleConfiguration\/maxConcurrentSessions; last changed by \S+ \(\w+\) at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      ) as unknown,
    });
    expect(noted(world, "DriftCorrected")).toContain(MAX);
    expect(world.writes).toEqual(["Create", "DriftCorrected"]);

    await world.run(12);
    expect(valueAt(world.pool(), MAX)).toBe(10);
    expect(conditionOf(world, "Drifted")).toBeUndefined();
    await expectRest(world, 2);
  });

  it("with policy.drift Report nothing is written, and the resource says what a person must do", async () => {
    const world = await readyWorld(report);
    await world.portal(portalEdit);
    await world.run(3);
    expect(conditionOf(world, "Drifted")?.message).toContain(MAX);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "Drifted" });
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "False" });
    expect(world.live?.status?.plan).toMatchObject({
      action: "Update",
      changes: [{ path: MAX, desired: 10, observed: 50 }],
    });
    await expectRest(world, 1);
  });

  it("what is only reported is written with the next edit of the spec", async () => {
    const world = await readyWorld(report);
    await world.portal(portalEdit);
    await world.run(3);
    apply(world, { ...report, scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 3 } });
    await world.run(12);
    expect(valueAt(world.pool(), MAX)).toBe(10);
    expect(conditionOf(world, "Drifted")).toBeUndefined();
    await expectRest(world, 2);
  });

  it("what is only reported ends when it is put back in Azure", async () => {
    const world = await readyWorld(report);
    await world.portal(portalEdit);
    await world.run(3);
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 10 } } });
    await world.run(3);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    expect(conditionOf(world, "Drifted")).toBeUndefined();
    await expectRest(world, 1);
  });

  it("what is only reported stays so when the status is wiped and the operator restarts", async () => {
    const world = await readyWorld(report);
    await world.portal(portalEdit);
    if (world.live) world.live = { ...world.live, status: { observedGeneration: -1 } };
    world.cached = world.live;
    world.restart();
    await world.run(5);
    await expectRest(world, 1);
    expect(conditionOf(world, "Drifted")).toMatchObject({ status: "True" });
  });

  it("a missing Secret in between does not turn drift into an edit", async () => {
    const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
    const value = new Map([["k", "value-v1"]]);
    const world = await readyWorld({ ...report, secrets }, ({ secrets: store }) => store.set("s", value));
    world.secrets.delete("s");
    await world.run(2);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "SecretNotFound" });
    await world.portal(portalEdit);
    world.secrets.set("s", value);
    await world.run(3);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "Drifted" });
    expect(puts(world)).toBe(1);
  });

  it.each<[policy: "Correct" | "Report", puts: number]>([
    ["Correct", 2],
    ["Report", 1],
  ])("a pool deleted in Azure, with policy.drift %s: %i PUTs in all", async (drift, count) => {
    const world = await readyWorld({ policy: { drift } });
    world.model.handle({
      method: "DELETE",
      url: `${POOL_PATH}?api-version=2025-07-01`,
      headers: { host: "arm.example" },
      body: undefined,
    });
    await world.clock.advance(61_000);
    await world.run(15);
    expect(conditionOf(world, "Ready")?.status).toBe(drift === "Correct" ? "True" : "False");
    await expectRest(world, count);
  });
});

describe("what spec.policy.ignore names", () => {
  const tags = { team: "a", cost: "1" };
  const ignore = [MAX, "COST"];

  it("may be changed in Azure, and stays changed when something else is edited", async () => {
    const world = await readyWorld({ tags, policy: { ignore } });
    await world.portal(portalEdit);
    await world.portal({ tags: { ...(world.pool().tags as object), cost: "2" } });
    await expectRest(world, 1);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });

    apply(world, { tags: { ...tags, team: "b" }, policy: { ignore } });
    await world.run(12);
    expect(world.pool().tags).toMatchObject({ team: "b", cost: "2" });
    expect(valueAt(world.pool(), MAX)).toBe(50);
    await expectRest(world, 2);
  });

  it("counts again when it is named no more", async () => {
    const world = await readyWorld({ policy: { ignore } });
    await world.portal(portalEdit);
    apply(world, {});
    await world.run(12);
    expect(valueAt(world.pool(), MAX)).toBe(10);
    await expectRest(world, 2);
  });
});

describe("kubectl scale and autoscalers", () => {
  it("are ordinary edits: one PUT, no drift", async () => {
    const world = await readyWorld(report);
    apply(world, { ...report, scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 5 } });
    await world.run(12);
    expect(world.writes).toEqual(["Create", "SpecChanged"]);
    expect(conditionOf(world, "Drifted")).toBeUndefined();
    await expectRest(world, 2);
  });
});
