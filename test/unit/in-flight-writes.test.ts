import { afterEach, describe, expect, it } from "vitest";
import { poolId } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

function start(size: number, maxInFlightWrites: number): void {
  fleet = new Fleet(size, { config: { maxInFlightWrites } });
  fleet.start();
}
/** The most pools that Azure worked on at the same time, looked at each second. */
async function most(minutes: number): Promise<number> {
  let found = 0;
  for (let second = 0; second < minutes * 60; second += 1) {
    await fleet.pass(1 / 60);
    found = Math.max(found, fleet.inProgress());
  }
  return found;
}
const size = (maxConcurrentSessions: number): object => ({
  spec: { scaleConfiguration: { maxConcurrentSessions, readySessionInstances: 2 } },
});

afterEach(() => fleet.end());

describe("--max-in-flight-writes", { timeout: 60_000 }, () => {
  it("20 new pools at five at a time: never more than five in progress, and all are Ready in the end", async () => {
    start(20, 5);
    fleet.apply("containers");
    expect(await most(2)).toBe(5);
    const waiting = fleet.because("Queued");
    expect(waiting.length).toBeGreaterThan(0);
    expect(fleet.told(waiting[0] ?? "")).toContain("--max-in-flight-writes");
    expect(await most(6)).toBeLessThanOrEqual(5);
    expect(fleet.ready()).toBe(20);
    expect(fleet.newWrites()).toHaveLength(20);
  });

  it("a deletion is not held up, neither of a pool that is there nor of one that waits", async () => {
    start(20, 2);
    fleet.apply("containers", fleet.names.slice(0, 2));
    await fleet.pass(3);
    fleet.apply("containers", fleet.names.slice(2));
    await fleet.pass(0.5);
    fleet.newWrites();
    fleet.remove("pool00");
    fleet.remove("pool19");
    await fleet.pass(0.1);
    expect(fleet.newWrites()).toEqual(["DELETE pool00"]);
    expect(fleet.resource("pool19")).toBeUndefined();
    await fleet.pass(1.5);
    expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
  });

  it("an edit goes before the new pools that wait", async () => {
    start(20, 2);
    fleet.apply("containers", ["pool00"]);
    await fleet.pass(3);
    fleet.apply("containers", fleet.names.slice(1));
    await fleet.pass(0.5);
    fleet.newWrites();
    fleet.patch("pool00", size(20));
    await fleet.pass(1.2);
    expect(fleet.newWrites().slice(0, 2)).toContain("PUT pool00");
  });

  it("pools that are edited while they are created do not wait for each other for ever", async () => {
    start(4, 1);
    fleet.apply("containers");
    await fleet.pass(0.5);
    for (const name of fleet.names) fleet.patch(name, size(20));
    await fleet.pass(12);
    expect([fleet.ready(), fleet.names.map((name) => fleet.sizeOf(name))]).toEqual([4, [20, 20, 20, 20]]);
  });

  it("a pool that is suspended while it waits gives up its place, and has none kept for it when it goes on", async () => {
    start(3, 1);
    fleet.apply("containers", ["pool00"]);
    await fleet.pass(0.2);
    fleet.apply("containers", ["pool01"]);
    await fleet.pass(0.2);
    fleet.patch("pool01", { spec: { suspend: true } });
    await fleet.pass(3);
    fleet.apply("containers", ["pool02"]);
    await fleet.pass(0.2);
    fleet.patch("pool01", { spec: { suspend: false } });
    expect(await most(0.5)).toBe(1);
    expect(fleet.because("Queued")).toEqual(["pool01"]);
    await fleet.pass(5);
    expect(fleet.ready()).toBe(3);
  });

  it("a failed operation makes room for the next, and is tried again", async () => {
    start(3, 1);
    const image = (name: string): object => ({
      spec: { customContainerTemplate: { containers: [{ name: "main", image: name }] } },
    });
    fleet.apply("containers", ["pool00"]);
    fleet.patch("pool00", image("missing-image"));
    await fleet.pass(0.5);
    fleet.apply("containers", ["pool01", "pool02"]);
    await fleet.pass(4);
    expect(fleet.names.map((name) => fleet.isReady(name))).toEqual([false, true, true]);
    fleet.patch("pool00", image("img:1"));
    await fleet.pass(3);
    expect(fleet.ready()).toBe(3);
  });

  // What runs on is known pool by pool as each is looked at.
  it("after a restart there are at most twice as many, for as long as an operation takes", async () => {
    start(12, 2);
    fleet.apply("containers");
    await fleet.pass(0.25);
    fleet.start();
    expect(await most(1)).toBeLessThanOrEqual(4);
    expect(await most(8)).toBeLessThanOrEqual(2);
    expect(fleet.ready()).toBe(12);
  });

  it("counts a write whose answer did not come until Azure has said what became of it", async () => {
    start(10, 2);
    let due = 4;
    fleet.network.inject = ({ name }) =>
      name === "PUT pool" && (due -= 1) >= 0 ? { kind: "reset", when: "after" } : undefined;
    fleet.apply("containers");
    expect(await most(9)).toBeLessThanOrEqual(2);
    expect([fleet.ready(), fleet.newWrites().length]).toEqual([10, 10]);
  });

  it("goes on after Azure asked for a pause", async () => {
    start(10, 2);
    let refused = 0;
    fleet.network.inject = ({ name }) =>
      name === "PUT pool" && (refused += 1) <= 2
        ? {
            kind: "answer",
            when: "before",
            change: () => ({ status: 429, headers: { "retry-after": "30" }, body: "{}" }),
          }
        : undefined;
    fleet.apply("containers");
    expect(await most(9)).toBeLessThanOrEqual(2);
    expect([fleet.ready(), refused]).toEqual([10, 12]);
  });
});
