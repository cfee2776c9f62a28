import { beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../../../src/controller/controller.ts";
import { type Priority, WorkQueue } from "../../../src/controller/queue.ts";
import { sleep } from "../../../src/time/clock.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { started } from "./started.ts";
import { waitingIn } from "./waiting.ts";

let clock: FakeClock;
let queue: WorkQueue;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue(clock);
});

const many = (count: number, name: string, priority: Priority): void => {
  for (let index = 0; index < count; index += 1) queue.add(`${name}${index}`, priority);
};
/** Hands out what is ready, up to `count` keys. */
async function handedOut(count = Infinity): Promise<readonly string[]> {
  const keys: string[] = [];
  while (keys.length < count && waitingIn(queue) > 0) {
    const key = (await queue.get()) ?? "";
    queue.done(key);
    keys.push(key);
  }
  return keys;
}

describe("what is handed out first", () => {
  it("is an edit, before what happened in the world, before a first list", async () => {
    queue.add("listed", "background");
    queue.add("changed");
    queue.add("edited", "urgent");
    expect([waitingIn(queue), await handedOut()]).toEqual([3, ["edited", "changed", "listed"]]);
  });

  it("is an edit among ten thousand of a first list", async () => {
    many(10_000, "listed", "background");
    await handedOut(5_000);
    queue.add("edited", "urgent");
    expect(await handedOut(2)).toContain("edited");
  });

  it.each<[story: string, adds: readonly (readonly [string, Priority])[], order: readonly string[]]>([
    [
      "what waited and is edited",
      [
        ["a", "background"],
        ["b", "normal"],
        ["a", "urgent"],
      ],
      ["a", "b"],
    ],
    [
      "not what was edited and is listed",
      [
        ["a", "urgent"],
        ["b", "urgent"],
        ["a", "background"],
      ],
      ["a", "b"],
    ],
    [
      "once, however often it was added",
      [
        ["a", "normal"],
        ["a", "normal"],
        ["a", "urgent"],
      ],
      ["a"],
    ],
  ])("is by the highest priority that it was added with: %s", async (_story, adds, order) => {
    for (const [key, priority] of adds) queue.add(key, priority);
    expect(await handedOut()).toEqual(order);
  });

  it("is by the highest priority also of what was added while a worker had it", async () => {
    queue.add("a");
    await queue.get();
    queue.add("b");
    queue.add("a", "urgent");
    queue.add("a", "background");
    queue.done("a");
    expect(await handedOut()).toEqual(["a", "b"]);
  });

  it("is, one time in eight, what has waited longest: a first list comes to its end among edits that do not", async () => {
    many(3, "listed", "background");
    many(40, "edited", "urgent");
    const order = await handedOut(24);
    expect(["listed0", "listed1", "listed2"].map((key) => order.indexOf(key))).toEqual([7, 15, 23]);
  });

  it("is in the order of adding within a priority, where what moved up comes last", async () => {
    queue.add("old", "background");
    many(5, "changed", "normal");
    queue.add("old", "normal");
    expect((await handedOut()).at(-1)).toBe("old");
  });
});

describe("what is added for later", () => {
  it("keeps its priority when its time comes", async () => {
    queue.addAfter("retried", 1_000, "urgent");
    queue.add("changed");
    await clock.advance(1_000);
    expect(await handedOut()).toEqual(["retried", "changed"]);
  });

  it("is not added again to what waits already", async () => {
    queue.add("a");
    queue.addAfter("a", 10);
    expect(await handedOut()).toEqual(["a"]);
    await clock.advance(100);
    expect(waitingIn(queue)).toBe(0);
  });

  it("goes to a worker that waits", async () => {
    const waiting = queue.get();
    queue.addAfter("a", 10);
    await clock.advance(10);
    expect([await waiting, queue.state().held, waitingIn(queue)]).toEqual(["a", 1, 0]);
  });
});

describe("a parked key", () => {
  it("is not handed out before somebody adds it, and fails on where it stood", async () => {
    const results: Result[] = [
      { kind: "retry" },
      { kind: "retry" },
      { kind: "parked" },
      { kind: "retry" },
      { kind: "parked" },
    ];
    const times: number[] = [];
    const { controller } = started({
      queue,
      clock,
      reconcile: () => {
        times.push(clock.now());
        return Promise.resolve(results[times.length - 1] ?? { kind: "done" });
      },
    });
    queue.add("a");
    await clock.advance(100_000);
    expect(times).toEqual([0, 1_000, 3_000]);
    queue.add("a", "urgent");
    await clock.advance(100_000);
    // The third failure in a row: four seconds.
    expect(times.slice(3)).toEqual([100_000, 104_000]);
    await controller.stop(sleep(clock, 0));
  });
});
