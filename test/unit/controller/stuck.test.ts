import { beforeEach, describe, expect, it } from "vitest";
import { WorkQueue } from "../../../src/controller/queue.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const MINUTE = 60_000;
let clock: FakeClock;
let queue: WorkQueue;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue(clock);
});

describe("a queue, asked whether it hangs", () => {
  it("does not while keys come and go, wait for a worker who works, or are to be looked at in a day", async () => {
    queue.addAfter("later", 24 * 60 * MINUTE);
    for (const key of ["one", "two", "three"]) queue.add(key);
    for (let count = 0; count < 3; count += 1) {
      const key = await queue.get();
      await clock.advance(9 * MINUTE);
      expect(queue.stuck()).toBeUndefined();
      queue.done(key ?? "");
    }
    await clock.advance(23 * 60 * MINUTE);
    expect(queue.stuck()).toBeUndefined();
  });

  it("does when a worker has a key for longer than its calls may take, and not once it is given back", async () => {
    queue.add("team-a/sandbox");
    queue.add("team-a/other");
    await queue.get();
    await clock.advance(9 * MINUTE);
    await queue.get();
    await clock.advance(2 * MINUTE);
    expect(queue.stuck()).toBe("team-a/sandbox has been worked on for 660 s");
    queue.done("team-a/sandbox");
    expect(queue.stuck()).toBeUndefined();
  });

  it("does not while keys wait for work to begin, since what is to be listed before may take the API server long", async () => {
    queue.add("team-a/sandbox");
    await clock.advance(60 * MINUTE);
    expect(queue.stuck()).toBeUndefined();
  });

  it("does when keys wait, and there is no worker any more", async () => {
    queue.add("team-a/other");
    queue.done((await queue.get()) ?? "");
    queue.add("team-a/sandbox");
    await clock.advance(2 * MINUTE);
    expect(queue.stuck()).toBe("team-a/sandbox has waited for 120 s, and nobody works");
  });

  it("does when the time of a key has come, and nothing happened", async () => {
    queue.addAfter("team-a/sandbox", MINUTE);
    clock.loseTimers();
    await clock.advance(3 * MINUTE);
    expect(queue.stuck()).toBe("team-a/sandbox was to be looked at 120 s ago");
  });

  it("does not once it is closed", async () => {
    queue.add("team-a/sandbox");
    queue.addAfter("team-a/other", MINUTE);
    queue.close();
    await clock.advance(60 * MINUTE);
    expect(queue.stuck()).toBeUndefined();
  });
});
