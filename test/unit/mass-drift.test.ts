import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findCondition } from "../../src/api/conditions.ts";
import { APPROVED_PLAN } from "../../src/api/session-pool.ts";
import { SUBSCRIPTION } from "../simulation/config.ts";
import { python } from "../simulation/specs.ts";
import { HERE, poolId } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

async function start(size: number, maxDriftShare = 0.25): Promise<void> {
  fleet = new Fleet(size, { config: { maxDriftShare } });
  fleet.start();
  fleet.apply("built-in");
  await fleet.pass(3);
  expect(fleet.ready()).toBe(size);
  fleet.newWrites();
}

afterEach(() => fleet.end());

describe("40 pools, of which 15 are changed in Azure at once", { timeout: 60_000 }, () => {
  let changed: readonly string[];

  beforeEach(async () => {
    await start(40);
    changed = fleet.names.filter((_, index) => index % 2 === 0).slice(0, 15);
    fleet.resize(changed, 77);
    await fleet.pass(3);
  });

  it("nothing is written: each says what was changed, that it is one of many, and what would be done", async () => {
    await fleet.pass(10);
    expect(fleet.newWrites()).toEqual([]);
    expect(fleet.because("TooManyDrifted")).toEqual(changed);
    expect(fleet.ready()).toBe(25);
    const { conditions, plan } = fleet.status(changed[0] ?? "") ?? {};
    expect(findCondition(conditions, "Stalled")?.message).toMatch(/maxConcurrentSessions.*--max-drift-corrections/);
    expect(findCondition(conditions, "Drifted")?.status).toBe("True");
    expect(plan?.changes).toHaveLength(1);
    expect(await fleet.metrics()).toMatch(/sessionpool_drifted\{[^}]*pool00"\} 1/);
  });

  it("who approves the plan of one has that one put back, and the others stay", async () => {
    const [name = ""] = changed;
    fleet.annotate(name, { [APPROVED_PLAN]: fleet.status(name)?.plan?.hash ?? "" });
    await fleet.pass(3);
    expect(fleet.newWrites()).toEqual([`PUT ${name}`]);
    expect([fleet.sizeOf(name), fleet.isReady(name)]).toEqual([10, true]);
    expect(fleet.because("TooManyDrifted")).toEqual(changed.slice(1));
  });

  it("an approval of something else approves nothing", async () => {
    fleet.annotate(changed[0] ?? "", { [APPROVED_PLAN]: "0123456789abcdef" });
    await fleet.pass(3);
    expect(fleet.newWrites()).toEqual([]);
  });

  it("undoing the change upstream ends the hold, and those that are left are put back", async () => {
    fleet.resize(changed.slice(0, 5), 10);
    await fleet.pass(4);
    expect([...fleet.newWrites()].sort()).toEqual(changed.slice(5).map((name) => `PUT ${name}`));
    expect(fleet.ready()).toBe(40);
  });

  it("who suspends some of them has the others put back: those are nobody's to count", async () => {
    for (const name of changed.slice(0, 5)) fleet.patch(name, { spec: { suspend: true } });
    await fleet.pass(4);
    expect([...fleet.newWrites()].sort()).toEqual(changed.slice(5).map((name) => `PUT ${name}`));
  });

  it("an edit of one of them is written, as any edit", async () => {
    const [name = ""] = changed;
    fleet.patch(name, { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
    await fleet.pass(3);
    expect(fleet.newWrites()).toEqual([`PUT ${name}`]);
    expect(fleet.because("TooManyDrifted")).toEqual(changed.slice(1));
  });

  it("a new pool is created, and a deleted one deleted", async () => {
    fleet.create("another", fleet.resource("pool01")?.spec ?? ({} as never));
    fleet.remove(changed[1] ?? "");
    await fleet.pass(3);
    expect([...fleet.newWrites()].sort()).toEqual([`DELETE ${changed[1]}`, "PUT another"]);
  });

  it("a restart holds the same", async () => {
    const before = fleet.names.map((name) => fleet.resource(name)?.metadata.resourceVersion);
    fleet.start();
    await fleet.pass(10);
    expect(fleet.newWrites()).toEqual([]);
    expect(fleet.names.map((name) => fleet.resource(name)?.metadata.resourceVersion)).toEqual(before);
  });
});

describe("others", { timeout: 60_000 }, () => {
  it("as many that were deleted in Azure are not created again before a person has looked", async () => {
    await start(40);
    const gone = fleet.names.slice(0, 15);
    for (const name of gone) fleet.azure.asSomebody("DELETE", poolId(name));
    await fleet.pass(5);
    expect([fleet.newWrites(), fleet.because("TooManyDrifted")]).toEqual([[], gone]);
    fleet.annotate("pool00", { [APPROVED_PLAN]: fleet.status("pool00")?.plan?.hash ?? "" });
    await fleet.pass(3);
    expect([fleet.newWrites(), fleet.isReady("pool00")]).toEqual([["PUT pool00"], true]);
  });

  it("those of one subscription are counted together, however it is spelled", async () => {
    fleet = new Fleet(24, { config: { maxDriftShare: 0.25 } });
    fleet.start();
    for (const [index, name] of fleet.names.entries())
      fleet.create(name, python({ subscriptionId: index % 2 === 0 ? SUBSCRIPTION.toUpperCase() : SUBSCRIPTION }));
    await fleet.pass(3);
    fleet.newWrites();
    fleet.resize(fleet.names.slice(0, 16), 77);
    await fleet.pass(4);
    expect([fleet.newWrites(), fleet.because("TooManyDrifted").length]).toEqual([[], 16]);
  });

  it("ten of 40 are put back", async () => {
    await start(40);
    fleet.resize(fleet.names.slice(0, 10), 77);
    await fleet.pass(4);
    expect([fleet.newWrites().length, fleet.ready()]).toEqual([10, 40]);
  });

  it("all of a small fleet are put back", async () => {
    await start(8);
    fleet.resize(fleet.names, 77);
    await fleet.pass(4);
    expect([fleet.newWrites().length, fleet.ready()]).toEqual([8, 8]);
  });

  it("all of a large one, where the operator is told that nothing is too many", async () => {
    await start(40, 1);
    fleet.resize(fleet.names, 77);
    await fleet.pass(4);
    expect([fleet.newWrites().length, fleet.ready()]).toEqual([40, 40]);
  });

  it("15 of 40 that were changed while the operator was away are held from the start", async () => {
    await start(40);
    fleet.stop();
    fleet.resize(fleet.names.slice(0, 15), 77);
    fleet.start();
    await fleet.pass(10);
    expect([fleet.newWrites(), fleet.because("TooManyDrifted").length]).toEqual([[], 15]);
  });

  it("12 of 60 are put back also when they are the first that a new operator looks at", async () => {
    await start(60);
    fleet.stop();
    fleet.resize(fleet.names.slice(0, 12), 77);
    fleet.start();
    await fleet.pass(10);
    expect([fleet.newWrites().length, fleet.ready()]).toEqual([12, 60]);
  });
});

it("a change that is only reported is found once, not again by each process that is started", async () => {
  fleet = new Fleet(3);
  fleet.start();
  for (const name of fleet.names) fleet.create(name, { ...python(), policy: { drift: "Report" } }, HERE);
  await fleet.pass(3);
  fleet.resize(fleet.names.slice(0, 2), 77);
  await fleet.pass(10);
  const found = async (): Promise<string | undefined> =>
    /^sessionpool_drift_found_total (\d+)/m.exec(await fleet.metrics())?.[1];
  expect(await found()).toBe("2");
  fleet.stop();
  await fleet.pass(1);
  fleet.start();
  await fleet.pass(10);
  expect([fleet.because("Drifted").length, await found()]).toEqual([2, "0"]);
  fleet.resize(fleet.names.slice(2), 77);
  await fleet.pass(10);
  expect(await found()).toBe("1");
});
