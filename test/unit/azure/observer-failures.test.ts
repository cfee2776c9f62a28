import { beforeEach, describe, expect, it } from "vitest";
import { INTERVAL_MS, type Instead, Observed, PROVISIONING_MS, sized } from "./observed.ts";

const POOLS = ["one/aaa", "one/bbb", "two/ccc"];
const MINUTES = 60;
const DENIED: Instead = { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } };
const SIGNED_OUT: Instead = { status: 401, body: { error: { code: "InvalidAuthenticationToken", message: "no" } } };
const BROKEN: Instead = { status: 500 };

let world: Observed;

const looks = (keys: readonly string[] = POOLS): readonly string[] => keys.map((key) => world.look(key));
/** LISTs fail in some way for a while. */
function failing(answer: Instead, isMeant: (what: string) => boolean = () => true): void {
  world.instead = (what) => (what.startsWith("LIST") && isMeant(what) ? answer : undefined);
}
const track = (keys: readonly string[] = POOLS): void => keys.forEach((key) => world.track(key));

beforeEach(async () => {
  world = new Observed();
  await world.create(...POOLS);
});

describe("the first LIST", () => {
  it("that fails once is made again, and nobody asks by himself", async () => {
    failing(BROKEN);
    track();
    await world.pass(0.5);
    failing(undefined);
    expect([looks(), world.newlyWoken()]).toEqual([["pending", "pending", "pending"], []]);
    await world.pass(2);
    expect([looks(), world.newlyWoken(), world.newCalls()]).toEqual([
      ["seen", "seen", "seen"],
      POOLS,
      ["LIST", "LIST"],
    ]);
  });

  it("that fails twice makes everybody ask by himself, once", async () => {
    failing(BROKEN);
    track();
    await world.pass(2);
    expect([looks(), world.newlyWoken()]).toEqual([["unknown", "unknown", "unknown"], POOLS]);
    await world.pass(5 * MINUTES);
    expect(world.newlyWoken()).toEqual([]);
    // It goes on trying, at most once a minute in the end.
    expect(world.newCalls().length).toBeLessThan(15);
    expect(world.observers.lookAgainMs("one/aaa")).toBe(INTERVAL_MS);
    failing(undefined);
    await world.pass(2 * MINUTES);
    expect([looks(), new Set(world.newlyWoken())]).toEqual([["seen", "seen", "seen"], new Set(POOLS)]);
    expect(world.observers.lookAgainMs("one/aaa")).toBe(Infinity);
  });

  it("that is answered 401 makes everybody ask, who then tells what is wrong", async () => {
    failing(SIGNED_OUT);
    track();
    await world.pass(2);
    expect([looks(), new Set(world.newlyWoken())]).toEqual([["unknown", "unknown", "unknown"], new Set(POOLS)]);
  });
});

describe("where a LIST is not allowed", () => {
  it("of the subscription, the groups are LISTed, and nobody asks by himself", async () => {
    failing(DENIED, (what) => what === "LIST");
    track();
    await world.pass(2);
    expect(world.newCalls()).toEqual(["LIST", "LIST one", "LIST two"]);
    expect(looks()).toEqual(["seen", "seen", "seen"]);
    expect(world.observers.report().map(({ count }) => count)).toEqual([0, 2, 0]);
  });

  it("of the subscription and a group, the pools of that group are read one by one", async () => {
    failing(DENIED, (what) => what !== "LIST two");
    track();
    await world.pass(2);
    expect(looks()).toEqual(["unknown", "unknown", "seen"]);
    expect(world.observers.report().map(({ count }) => count)).toEqual([0, 1, 2]);
    expect(world.newlyWoken()).toEqual(expect.arrayContaining(POOLS));
    expect(["one/aaa", "two/ccc"].map((key) => world.observers.lookAgainMs(key))).toEqual([INTERVAL_MS, Infinity]);
  });

  it("anywhere, all are read one by one, and only once an hour it is tried again", async () => {
    failing(DENIED);
    track();
    await world.pass(2);
    expect(looks()).toEqual(["unknown", "unknown", "unknown"]);
    expect(world.newCalls()).toEqual(["LIST", "LIST one", "LIST two"]);
    expect(world.observers.report().map(({ count }) => count)).toEqual([0, 0, 3]);
    await world.pass(58 * MINUTES);
    expect(world.newCalls()).toEqual([]);
  });

  it("any more after it was, everybody is told to look more often", async () => {
    await world.follow(...POOLS);
    failing(DENIED);
    await world.pass(6 * MINUTES);
    expect(new Set(world.newlyWoken())).toEqual(new Set(POOLS));
    expect(POOLS.map((key) => world.observers.lookAgainMs(key))).toEqual([INTERVAL_MS, INTERVAL_MS, INTERVAL_MS]);
  });

  it("and is again after an hour, it is LISTed again by itself", async () => {
    failing(DENIED);
    track();
    await world.pass(2);
    world.newCalls();
    await world.pass(61 * MINUTES);
    expect(world.newCalls()).toEqual(["LIST", "LIST one", "LIST two"]);
    failing(undefined);
    await world.pass(60 * MINUTES);
    expect([world.newCalls()[0], looks()]).toEqual(["LIST", ["seen", "seen", "seen"]]);
    expect(POOLS.map((key) => world.observers.lookAgainMs(key))).toEqual([Infinity, Infinity, Infinity]);
  });
});

describe("LISTs that fail at rest", () => {
  beforeEach(() => world.follow(...POOLS));

  it("change nothing while what is known is not too old", async () => {
    failing(BROKEN);
    await world.pass(5.5 * MINUTES);
    expect([looks(), world.newlyWoken()]).toEqual([["seen", "seen", "seen"], []]);
  });

  it("for longer make everybody ask by himself, until they come to an end again", async () => {
    failing(BROKEN);
    await world.pass(8 * MINUTES);
    expect([looks(), world.newlyWoken()]).toEqual([["unknown", "unknown", "unknown"], POOLS]);
    world.observers.saw("one/aaa", world.pool("one/aaa"), world.clock.now());
    expect(looks()).toEqual(["seen", "unknown", "unknown"]);
    failing(undefined);
    await world.pass(2 * MINUTES);
    expect([looks(), world.newlyWoken()]).toEqual([["seen", "seen", "seen"], POOLS]);
    await world.pass(10 * MINUTES);
    expect(world.newlyWoken()).toEqual([]);
  });

  it("are told of by the age of what is believed", async () => {
    failing(BROKEN);
    await world.pass(20 * MINUTES);
    expect(world.observers.report()[0]?.lagSeconds).toBeGreaterThan(20 * MINUTES);
  });
});

describe("a write of the operator's own", () => {
  it("does not make the pool look unseen since the operator has started", async () => {
    await world.follow(...POOLS);
    await world.pass(120 * MINUTES);
    world.observers.distrust("one/aaa", true);
    await world.pass(30);
    expect(world.observers.report()[0]?.lagSeconds).toBeLessThan(330);
  });
});

describe("strangers' pools", () => {
  it("make the subscription dear: after the first LIST the groups are LISTed, and after an hour it is looked again", async () => {
    world = new Observed({ pageSize: 5 });
    await world.create(...POOLS, ...Array.from({ length: 40 }, (_, index) => `far/pool${index}`));
    await world.follow(...POOLS);
    await world.pass(5 * MINUTES);
    expect(world.newCalls()).toEqual(["LIST one", "LIST two"]);
    await world.pass(70 * MINUTES);
    expect(world.newCalls().filter((what) => what === "LIST")).toHaveLength(9);
  });
});

describe("operations in progress", () => {
  const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `one/pool${index}`);
  /** Azure works on pools because of us. */
  async function write(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      world.write("PATCH", key, sized(20));
      world.observers.distrust(key, true);
      world.observers.saw(key, world.pool(key), world.clock.now());
    }
    await world.pass(0.1);
  }
  const followed = (keys: readonly string[]): number => keys.filter((key) => world.observers.follows(key)).length;

  beforeEach(async () => {
    await world.create(...many(30));
    await world.follow(...many(30));
  });

  it.each([
    [10, 0],
    [11, 11],
  ])("%d at once: %d of them are followed by LISTs", async (count, expected) => {
    await write(many(count));
    expect(followed(many(count))).toBe(expected);
    await world.pass(30);
    expect(world.newCalls().length > 5).toBe(expected > 0);
  });

  it("that end wake their keys, and those that are left look themselves when they are few", async () => {
    await write(many(12));
    await world.pass(PROVISIONING_MS / 2000);
    await write(many(30).slice(20, 26));
    world.newlyWoken();
    await world.pass(PROVISIONING_MS / 2000 + 3);
    // Twelve have ended; six are more than half of ten.
    expect(world.newlyWoken()).toEqual([...many(12)].sort());
    expect(followed(many(30).slice(20, 26))).toBe(6);
    await write(many(1));
    for (const key of many(30).slice(20, 22))
      world.observers.saw(
        key,
        { ...world.pool(key), properties: { provisioningState: "Succeeded" } },
        world.clock.now(),
      );
    await world.pass(0.1);
    expect(followed(many(30))).toBe(0);
    expect(new Set(world.newlyWoken())).toEqual(new Set([...many(1), ...many(30).slice(22, 26)]));
    world.newCalls();
    await world.pass(25);
    expect(world.newCalls()).toEqual([]);
  });

  it("are looked at by their keys when LISTs fail", async () => {
    await write(many(12));
    await world.pass(10);
    world.newlyWoken();
    failing(BROKEN);
    await world.pass(3);
    expect([followed(many(12)), world.newlyWoken()]).toEqual([0, [...many(12)].sort()]);
    await world.pass(10);
    expect(world.newlyWoken()).toEqual([]);
    failing(undefined);
    await world.pass(10);
    expect(followed(many(12))).toBe(12);
  });

  it("are asked one by one where LISTs are so long that their URLs tell sooner", async () => {
    world = new Observed({ pageSize: 1 });
    await world.create(...many(150));
    await world.follow(...many(150));
    await write(many(30));
    expect(followed(many(30))).toBe(0);
  });

  it("are followed by several LISTs, one behind the other, where one takes long", async () => {
    world = new Observed({ pageSize: 2 });
    await world.create(...many(30));
    await world.follow(...many(30));
    world.latencyMs = 400;
    await write(many(30));
    await world.pass(20);
    // A LIST of 15 pages takes 6 s, and one begins each 2 s.
    expect(world.newCalls().length).toBeGreaterThan(20 * 2.5 * 2);
  });
});
