import { beforeEach, describe, expect, it } from "vitest";
import { addressOf, INTERVAL_MS, Observed, sized } from "./observed.ts";

let world: Observed;

const many = (count: number, group = "rg"): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${group}/pool${index}`);
const MINUTES = 60;

beforeEach(() => {
  world = new Observed();
});

describe("the first LIST", () => {
  it("is one for all pools that are named together, and its end wakes those who wait for it", async () => {
    await world.create(...many(50));
    for (const key of many(50)) {
      world.track(key);
      await world.pass(0.01);
    }
    expect(many(50).map((key) => world.look(key))).toEqual(many(50).map(() => "pending"));
    expect(world.newlyWoken()).toEqual([]);
    await world.pass(1);
    expect(world.newCalls()).toEqual(["LIST rg", "LIST rg", "LIST rg"]);
    expect(world.newlyWoken()).toEqual([...many(50)].sort());
    expect([...new Set(many(50).map((key) => world.look(key)))]).toEqual(["seen"]);
  });

  it("begins although new pools go on being named", async () => {
    for (const key of many(40)) {
      world.track(key);
      await world.pass(0.2);
    }
    expect(world.newCalls()).toContain("LIST rg");
  });

  it("says what is not there, to be confirmed, and what nobody wants is nobody's", async () => {
    await world.create("rg/there", "rg/stranger");
    for (const key of ["rg/there", "rg/gone"]) world.track(key);
    await world.pass(1);
    expect(["rg/there", "rg/gone", "rg/stranger"].map((key) => world.look(key))).toEqual([
      "seen",
      "missing",
      "unknown",
    ]);
  });

  it("of a group that does not exist says that its pools are missing", async () => {
    world.instead = () => ({ status: 404, body: { error: { code: "ResourceGroupNotFound", message: "no" } } });
    world.track("rg/one");
    await world.pass(1);
    expect([world.look("rg/one"), world.newlyWoken()]).toEqual(["missing", ["rg/one"]]);
  });

  it("has seen a pool that is named while it runs, when its page has come", async () => {
    world = new Observed({ pageSize: 2 });
    await world.create(...many(6));
    world.latencyMs = 1_000;
    world.track("rg/pool5");
    await world.pass(2.5);
    // The newest pool, which is on the last page, has not come; the first ones have.
    for (const key of ["rg/pool0", "rg/pool4"]) world.track(key);
    expect(["rg/pool0", "rg/pool5", "rg/pool4"].map((key) => world.look(key))).toEqual(["seen", "pending", "pending"]);
    expect(world.newlyWoken()).toEqual([]);
    await world.pass(2);
    expect(world.newlyWoken()).toEqual(["rg/pool4", "rg/pool5"]);
  });
});

describe("a LIST at rest", () => {
  beforeEach(async () => {
    await world.create(...many(30));
    await world.follow(...many(30));
  });

  it("comes once in each interval, and wakes nobody when nothing has changed", async () => {
    await world.pass(60 * MINUTES);
    expect(world.newCalls()).toHaveLength(12 * 2);
    expect(world.newlyWoken()).toEqual([]);
    expect(world.observers.lookAgainMs("rg/pool1")).toBe(Infinity);
  });

  it("wakes the keys of changed pools, and no others", async () => {
    world.write("PATCH", "rg/pool7", sized(77));
    world.write("DELETE", "rg/pool8");
    await world.create("rg/stranger");
    await world.pass(5 * MINUTES);
    expect(world.newlyWoken()).toEqual(["rg/pool7", "rg/pool8"]);
    expect([world.sessions("rg/pool7"), world.look("rg/pool8"), world.look("rg/pool9")]).toEqual([
      77,
      "missing",
      "seen",
    ]);
    await world.pass(10 * MINUTES);
    expect(world.newlyWoken()).toEqual([]);
  });

  it("wakes everybody who wants to know of a pool, but not who saw it himself", async () => {
    world.observers.track("other/rival", world.arm, addressOf("rg/pool7"), INTERVAL_MS);
    world.write("PATCH", "rg/pool7", sized(77));
    world.observers.saw("rg/pool7", world.pool("rg/pool7"), world.clock.now());
    expect(world.newlyWoken()).toEqual(["other/rival"]);
  });

  it("that is cut half way has changed what it showed, and nothing else", async () => {
    for (const key of ["rg/pool3", "rg/pool4", "rg/pool27"])
      world.write(key === "rg/pool3" ? "DELETE" : "PATCH", key, sized(50));
    await world.pass(90);
    let lists = 0;
    world.instead = () => ((lists += 1) === 2 ? { status: 500 } : undefined);
    await world.pass(3.5 * MINUTES);
    expect([lists, world.newlyWoken()]).toEqual([2, ["rg/pool4"]]);
    expect(["rg/pool3", "rg/pool4", "rg/pool27"].map((key) => world.look(key))).toEqual(["seen", "seen", "seen"]);
    await world.pass(3);
    expect(world.newlyWoken()).toEqual(["rg/pool27", "rg/pool3"]);
  });

  it("does not say anything of a pool that was written after it was asked for", async () => {
    world.latencyMs = 5_000;
    await world.pass(INTERVAL_MS / 1000 - 0.5);
    world.write("PATCH", "rg/pool7", sized(77));
    world.observers.distrust("rg/pool7", true);
    expect(world.look("rg/pool7")).toBe("unknown");
    await world.pass(9);
    expect(world.look("rg/pool7")).toBe("unknown");
    await world.pass(2);
    // The LIST is through, and who has written must ask by himself.
    expect([world.newCalls().length, world.newlyWoken()]).toEqual([2, ["rg/pool7"]]);
  });

  it("that runs has not been looked through before its end and the looks of all whom it woke", async () => {
    world.write("PATCH", "rg/pool7", sized(77));
    world.write("PATCH", "rg/pool27", sized(77));
    await world.pass(MINUTES);
    world.latencyMs = 1_000;
    await world.pass(4 * MINUTES + 0.5);
    expect(world.newlyWoken()).toEqual(["rg/pool7"]);
    const since = world.clock.now();
    world.look("rg/pool7");
    const isThrough = (): boolean => world.observers.isLookedThrough("rg/pool7", since);
    expect(isThrough()).toBe(false);
    await world.pass(3);
    expect([world.newlyWoken(), isThrough()]).toEqual([["rg/pool27"], false]);
    // Who reads the pool himself has looked, too.
    world.observers.saw("rg/pool27", world.pool("rg/pool27"), world.clock.now());
    expect(isThrough()).toBe(true);
  });
});

describe("a pool that is looked at more often than the operator says", () => {
  it("is read by itself when its answer is old, and not while a LIST shows it fresh enough", async () => {
    await world.create("rg/often", "rg/seldom");
    world.track("rg/often", 60_000);
    world.track("rg/seldom", 24 * 3_600_000);
    await world.pass(1);
    expect([world.look("rg/often"), world.observers.lookAgainMs("rg/often")]).toEqual(["seen", 60_000]);
    expect(world.observers.lookAgainMs("rg/seldom")).toBe(Infinity);
    await world.pass(60);
    expect([world.look("rg/often"), world.look("rg/seldom")]).toEqual(["unknown", "seen"]);
    world.observers.saw("rg/often", world.pool("rg/often"), world.clock.now());
    await world.pass(50);
    expect(world.look("rg/often")).toBe("seen");
  });

  it("is looked at as its most curious resource wants", async () => {
    await world.create("rg/one");
    world.track("rg/one");
    world.observers.track("other/rival", world.arm, addressOf("rg/one"), 60_000);
    expect(world.observers.lookAgainMs("rg/one")).toBe(60_000);
    world.observers.untrack("other/rival");
    await world.pass(1);
    expect(world.observers.lookAgainMs("rg/one")).toBe(Infinity);
  });
});

describe("pools that nobody wants to know of any more", () => {
  it("leave no timer and no call behind, also in the middle of a LIST", async () => {
    world = new Observed({ pageSize: 1 });
    await world.create(...many(20));
    world.latencyMs = 1_000;
    world.track("rg/pool1");
    await world.pass(5);
    expect(world.newCalls()).toHaveLength(5);
    world.newlyWoken();
    world.observers.untrack("rg/pool1");
    world.observers.untrack("rg/pool1");
    await world.pass(60 * MINUTES);
    expect([world.newCalls(), world.newlyWoken(), world.observers.report()]).toEqual([[], [], []]);
    expect([world.look("rg/pool1"), world.observers.lookAgainMs("rg/pool1")]).toEqual(["unknown", Infinity]);
  });

  it("nor when the operator stops", async () => {
    await world.follow("rg/pool1");
    world.stop.abort(new Error("stopping"));
    await world.pass(60 * MINUTES);
    expect(world.newCalls()).toEqual([]);
  });

  it("nor after it, for who is in hand then and asks through another credential", async () => {
    await world.follow("one/aaa");
    world.stop.abort(new Error("stopping"));
    world.observers.track("one/aaa", world.client(), addressOf("one/aaa"), INTERVAL_MS);
    await world.pass(1_000);
    expect([world.newCalls(), world.look("one/aaa")]).toEqual([[], "unknown"]);
  });

  it("are observed anew through another credential", async () => {
    await world.create("rg/one", "rg/two");
    await world.follow("rg/one", "rg/two");
    world.observers.track("rg/one", world.client(), addressOf("rg/one"), INTERVAL_MS);
    expect([world.look("rg/one"), world.look("rg/two"), world.observers.report().length]).toEqual([
      "pending",
      "seen",
      2 * 3,
    ]);
    await world.pass(1);
    expect([world.look("rg/one"), world.newlyWoken()]).toEqual(["seen", ["rg/one"]]);
  });
});

describe("what is told of it", () => {
  it("is the age of the oldest answer that is believed, and how pools are observed", async () => {
    await world.create("rg/one", "rg/two", "other/three");
    await world.follow("rg/one", "rg/two", "other/three");
    expect(world.observers.report().map(({ scope, count }) => [scope, count])).toEqual([
      ["subscription", 1],
      ["resource-group", 0],
      ["get", 0],
    ]);
    await world.pass(100);
    expect(world.observers.report()[0]?.lagSeconds).toBeGreaterThan(100);
    world.observers.distrust("rg/one", true);
    expect(world.observers.report()[0]?.lagSeconds).toBeGreaterThan(100);
    await world.pass(202);
    expect(world.observers.report()[0]?.lagSeconds).toBeLessThan(5);
  });
});
