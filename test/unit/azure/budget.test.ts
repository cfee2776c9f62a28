import { beforeEach, describe, expect, it } from "vitest";
import { TurnPending } from "../../../src/azure/budget.ts";
import { RANK } from "../../../src/azure/waiting-line.ts";
import { Callers, OTHER_SUB, SUB } from "./callers.ts";

let callers: Callers;

beforeEach(() => {
  callers = new Callers();
});

describe("what Azure lets us do", () => {
  it("is counted for reads, writes and deletes apart, and for each subscription", () => {
    expect([callers.spend("write"), callers.spend("delete"), callers.spend("read")]).toEqual([190, 190, 237]);
    expect(callers.spend("write", OTHER_SUB)).toBe(190);
    expect(callers.spend("write", SUB.toUpperCase())).toBe(0);
    expect(callers.budget.left()).toHaveLength(4);
    expect(callers.budget.left().every(({ remaining }) => remaining < 1)).toBe(true);
  });

  it("is a part of it for a shard", () => {
    callers = new Callers({ share: 0.25 });
    expect([
      callers.spend("write"),
      callers.budget.perSecond("write", SUB),
      callers.budget.perSecond("read", SUB),
    ]).toEqual([47, 2.5, 6.25]);
  });

  it("is not asked by who waits for nobody, and counted all the same", () => {
    for (let count = 0; count < 300; count += 1) callers.budget.take("write", SUB);
    expect(callers.write("a/1")).toBeInstanceOf(TurnPending);
  });
});

describe("who has to wait", () => {
  it("does not hold a worker: he is woken with the turn in hand, and uses it when he comes", async () => {
    callers.spend("write");
    expect(callers.write("a/1")).toMatchObject({ isPaused: false, againMs: undefined });
    await callers.clock.advance(99);
    expect(callers.woken).toEqual([]);
    await callers.clock.advance(1);
    expect(callers.woken).toEqual([{ key: "a/1", at: 100 }]);
    await callers.clock.advance(60_000);
    expect([callers.woken.length, callers.write("a/1")]).toEqual([1, "paid"]);
  });

  it("is told how long it may take, and the metric how long it took", async () => {
    callers.spend("write");
    const pending = Array.from({ length: 50 }, (_, index) => callers.write(`a/${index}`));
    expect((pending[49] as TurnPending).waitMs).toBeGreaterThanOrEqual(5_000);
    await callers.clock.advance(5_000);
    const waited = callers.waited.filter(({ ms }) => ms > 0);
    expect(waited).toHaveLength(50);
    expect(waited[49]).toEqual({ kind: "write", ms: 5_000 });
  });

  it("gets turns in the order of the line: an edit goes before all that are created", async () => {
    callers.spend("write");
    for (let index = 0; index < 100; index += 1) callers.write(`a/${index}`);
    callers.write("a/edited", RANK.edit);
    await callers.clock.advance(200);
    expect(callers.keys()).toEqual(["a/edited", "a/0"]);
  });

  it("moves up when he is edited while he waits", async () => {
    callers.spend("write");
    for (let index = 0; index < 100; index += 1) callers.write(`a/${index}`);
    callers.write("a/99", RANK.edit);
    await callers.clock.advance(100);
    expect(callers.keys()).toEqual(["a/99"]);
  });

  it("is not overtaken by a newcomer who comes when the next turn does", async () => {
    callers.spend("write");
    callers.write("a/1");
    await callers.clock.advance(99);
    callers.clock.timer(1, () => expect(callers.write("b/1")).toBeInstanceOf(TurnPending));
    await callers.clock.advance(201);
    expect(callers.keys()).toEqual(["a/1", "b/1"]);
  });

  it("keeps the turn that he has while he waits in another line", async () => {
    callers.spend("read");
    expect(callers.reserve("write", "a/1")).toBe("paid");
    expect(callers.call("read", "a/1")).toBeInstanceOf(TurnPending);
    expect(callers.spend("write")).toBe(189);
    await callers.clock.advance(1_000);
    expect(callers.call("read", "a/1")).toBe("paid");
    expect(callers.write("a/1")).toBe("paid");
  });

  it("gives back what he has not used to who is next, and his place", async () => {
    callers.reserve("write", "a/1");
    callers.spend("write");
    callers.write("a/2");
    callers.write("a/3");
    callers.budget.giveBack("a/3");
    callers.budget.giveBack("a/1");
    expect(callers.keys()).toEqual(["a/2"]);
    await callers.clock.advance(1_000);
    expect(callers.keys()).toEqual(["a/2"]);
  });

  it("is woken as soon as an answer says that there is more", async () => {
    const receipt = callers.budget.take("write", SUB);
    callers.spend("write");
    for (let index = 0; index < 20; index += 1) callers.write(`a/${index}`);
    callers.budget.follow("write", SUB, { "x-ms-ratelimit-remaining-subscription-writes": "1199" }, receipt);
    expect(callers.woken).toHaveLength(20);
  });
});

describe("work that is nobody's in the queue", () => {
  it("waits for its turn in the line", async () => {
    callers.spend("read");
    let at = -1;
    const waiting = callers.budget.wait(
      "read",
      SUB,
      { key: "list", flow: "", rank: RANK.observe },
      new AbortController().signal,
    );
    void waiting.then(() => (at = callers.clock.now()));
    callers.call("read", "a/1", RANK.edit);
    await callers.clock.advance(1_000);
    expect([at, callers.woken]).toEqual([60, [{ key: "a/1", at: 20 }]]);
  });

  it("goes out of the line when it is called off, and leaves its turn to others", async () => {
    callers.spend("read");
    const stop = new AbortController();
    const reason = new Error("stopping");
    const waiting = callers.budget.wait("read", SUB, { key: "list", flow: "", rank: RANK.edit }, stop.signal);
    const failed = waiting.catch((error: unknown) => error);
    callers.call("read", "a/1", RANK.observe);
    stop.abort(reason);
    expect(await failed).toBe(reason);
    await callers.clock.advance(40);
    expect(callers.keys()).toEqual(["a/1"]);
  });

  it("is not begun when it was called off before", async () => {
    await expect(
      callers.budget.wait(
        "read",
        SUB,
        { key: "list", flow: "", rank: RANK.observe },
        AbortSignal.abort(new Error("stopping")),
      ),
    ).rejects.toThrow("stopping");
    expect(callers.spend("read")).toBe(237);
  });
});

describe("Azure's counts", () => {
  const answer = (kind: "read" | "write", headers: Readonly<Record<string, string>>): void =>
    callers.budget.follow(kind, SUB, headers, callers.budget.take(kind, SUB));
  const left = (kind: string): number | undefined =>
    callers.budget.left().find((each) => each.kind === kind)?.remaining;

  it.each<[story: string, kind: "read" | "write", headers: Readonly<Record<string, string>>, left: number]>([
    ["the kind's own", "write", { "x-ms-ratelimit-remaining-subscription-writes": "100" }, 90],
    ["a service's own in its place", "write", { "x-ms-ratelimit-remaining-subscription-resource-requests": "100" }, 90],
    ["more than documented", "write", { "x-ms-ratelimit-remaining-subscription-writes": "799" }, 759],
    [
      "of all principals together, when less",
      "read",
      { "x-ms-ratelimit-remaining-subscription-global-reads": "30" },
      17,
    ],
    ["and not when more", "read", { "x-ms-ratelimit-remaining-subscription-global-reads": "16499" }, 236],
    ["of another kind", "read", { "x-ms-ratelimit-remaining-subscription-writes": "3" }, 236],
    ["nothing", "write", {}, 189],
    ["no number", "write", { "x-ms-ratelimit-remaining-subscription-writes": "many" }, 189],
    ["a number below 0", "write", { "x-ms-ratelimit-remaining-subscription-writes": "-5" }, 189],
  ])("are followed: %s", (_story, kind, headers, expected) => {
    answer(kind, headers);
    expect(left(kind)).toBe(expected);
  });
});
