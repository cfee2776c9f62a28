import { describe, expect, it } from "vitest";
import type { ReconcileEnd, Result } from "../../../src/controller/controller.ts";
import { type QueueState, type QueueWatcher, WorkQueue } from "../../../src/controller/queue.ts";
import { sleep } from "../../../src/time/clock.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { started } from "./started.ts";

/** A queue with what it tells, e.g. `waited 5`. */
function watchedQueue() {
  const clock = new FakeClock();
  const told: string[] = [];
  const watcher: QueueWatcher = {
    added: () => told.push("added"),
    delayed: () => told.push("delayed"),
    handedOut: (ms) => told.push(`waited ${ms}`),
    done: (ms) => told.push(`held ${ms}`),
  };
  return { clock, told, queue: new WorkQueue(clock, { watcher }) };
}

const IDLE: QueueState = { waiting: { urgent: 0, normal: 0, background: 0 }, held: 0, heldMs: 0, longestHeldMs: 0 };

describe("what a queue tells", () => {
  it("of a key: that it was added, once however often it is asked for, how long it waited and was held", async () => {
    const { clock, told, queue } = watchedQueue();
    queue.add("a");
    await clock.advance(200);
    queue.add("a", "urgent");
    queue.add("a");
    await clock.advance(300);
    await queue.get();
    await clock.advance(1_000);
    queue.done("a");
    expect(told).toEqual(["added", "waited 500", "held 1000"]);
  });

  it("of a key that a worker waits for: that it did not wait", async () => {
    const { told, queue } = watchedQueue();
    const waiting = queue.get();
    queue.add("a");
    await waiting;
    expect(told).toEqual(["added", "waited 0"]);
  });

  it("of a key that is asked for while a worker holds it: one more add, and that it waited since then", async () => {
    const { clock, told, queue } = watchedQueue();
    queue.add("a");
    await queue.get();
    await clock.advance(100);
    queue.add("a");
    queue.add("a", "urgent");
    await clock.advance(50);
    queue.done("a");
    await clock.advance(25);
    await queue.get();
    expect(told).toEqual(["added", "waited 0", "added", "held 150", "waited 75"]);
  });

  it("of a key that is asked for later: that, and the add when its time has come", async () => {
    const { clock, told, queue } = watchedQueue();
    queue.addAfter("a", 1_000);
    expect(told).toEqual(["delayed"]);
    await clock.advance(1_500);
    await queue.get();
    expect(told).toEqual(["delayed", "added", "waited 500"]);
  });

  it("when it is asked: what waits, by priority, and how long the workers are at it", async () => {
    const { clock, queue } = watchedQueue();
    expect(queue.state()).toEqual(IDLE);
    queue.add("a");
    queue.add("b", "background");
    queue.add("c", "background");
    queue.add("d", "urgent");
    await queue.get();
    await clock.advance(2_000);
    await queue.get();
    await clock.advance(500);
    expect(queue.state()).toEqual({
      waiting: { urgent: 0, normal: 0, background: 2 },
      held: 2,
      heldMs: 3_000,
      longestHeldMs: 2_500,
    });
  });
});

describe("what a controller tells of a reconcile", () => {
  it.each<[story: string, result: Result | Error, end: Partial<ReconcileEnd>]>([
    ["nothing more to do", { kind: "done" }, { result: "success" }],
    ["it waits for its turn", { kind: "parked" }, { result: "requeue" }],
    ["once more at once", { kind: "requeue", afterMs: 0 }, { result: "requeue" }],
    ["again later", { kind: "requeue", afterMs: 60_000 }, { result: "requeue_after" }],
    ["it failed and is tried again", { kind: "retry" }, { result: "error" }],
    [
      "a person must do something, and it is looked at later",
      { kind: "requeue", afterMs: 60_000, isTerminal: true },
      { result: "error", isTerminal: true },
    ],
    [
      "a person must do something, and it is tried again",
      { kind: "retry", isTerminal: true },
      { result: "error", isTerminal: true },
    ],
    ["it threw", new Error("bug"), { result: "error", isPanic: true }],
  ])("%s", async (_story, result, end) => {
    expect(await endsOf(result)).toEqual([{ isTerminal: false, isPanic: false, ms: 250, ...end }]);
  });
});

/** Reconciles one key, which takes 250 ms, and tells how that ended. */
async function endsOf(result: Result | Error): Promise<readonly ReconcileEnd[]> {
  const clock = new FakeClock();
  const ends: ReconcileEnd[] = [];
  const { controller, queue } = started({
    clock,
    backoff: { baseMs: 60_000, maxMs: 60_000 },
    onEnd: (end) => void ends.push(end),
    reconcile: async () => {
      if (ends.length > 0) return { kind: "done" };
      await sleep(clock, 250);
      if (result instanceof Error) throw result;
      return result;
    },
  });
  queue.add("a");
  await clock.advance(300);
  await controller.stop(Promise.resolve());
  return ends.slice(0, 1);
}
