import { describe, expect, it } from "vitest";
import { WorkQueue } from "../../../src/controller/queue.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { waitingIn } from "./waiting.ts";

describe("the work queue", () => {
  it("hands a key out once however often it was added", async () => {
    const queue = new WorkQueue(new FakeClock());
    queue.add("a");
    queue.add("a");
    queue.add("b");
    expect([await queue.get(), await queue.get()]).toEqual(["a", "b"]);
    expect(waitingIn(queue)).toBe(0);
  });

  it("never gives a key to two workers: an edit during work is handed out when the work is done", async () => {
    const queue = new WorkQueue(new FakeClock());
    queue.add("a");
    await queue.get();
    queue.add("a");
    expect(waitingIn(queue)).toBe(0);
    queue.done("a");
    expect(await queue.get()).toBe("a");
    queue.done("a");
    expect(waitingIn(queue)).toBe(0);
  });

  it("knows with which priority a key was handed out", async () => {
    const queue = new WorkQueue(new FakeClock());
    queue.add("a", "background");
    queue.add("a", "urgent");
    await queue.get();
    const waiting = queue.get();
    queue.add("b", "background");
    await waiting;
    expect(["a", "b", "c"].map((key) => queue.priorityOf(key))).toEqual(["urgent", "background", undefined]);
    queue.done("a");
    expect(queue.priorityOf("a")).toBeUndefined();
  });

  it("wakes a worker that waits", async () => {
    const queue = new WorkQueue(new FakeClock());
    const waiting = queue.get();
    queue.add("a");
    expect(await waiting).toBe("a");
    queue.add("a");
    expect(waitingIn(queue)).toBe(0);
  });

  it("keeps the earliest of two delays, and drops a delay when the key is added at once", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue(clock);
    queue.addAfter("late", 5_000);
    queue.addAfter("late", 1_000);
    queue.addAfter("late", 9_000);
    await clock.advance(999);
    expect(waitingIn(queue)).toBe(0);
    await clock.advance(1);
    expect(await queue.get()).toBe("late");
    queue.done("late");
    await clock.advance(20_000);
    expect(waitingIn(queue)).toBe(0);
    queue.addAfter("edited", 1_000);
    queue.add("edited");
    expect(await queue.get()).toBe("edited");
    queue.done("edited");
    await clock.advance(2_000);
    expect(waitingIn(queue)).toBe(0);
  });

  it("ends the workers when it is closed and takes nothing more", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue(clock);
    const waiting = queue.get();
    queue.addAfter("a", 10);
    queue.close();
    expect(await waiting).toBeUndefined();
    queue.add("b");
    await clock.advance(100);
    expect(await queue.get()).toBeUndefined();
  });
});
