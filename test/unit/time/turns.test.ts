import { describe, expect, it } from "vitest";
import { TimeSlices } from "../../../src/time/turns.ts";

/** Slices on a clock that work moves on, and an event loop that turns when it is told to. */
function start() {
  let now = 0;
  const later: (() => void)[] = [];
  const slices = new TimeSlices({ now: () => now, timer: () => () => undefined }, (fire) => later.push(fire));
  const worked: string[] = [];
  const work = async (name: string, pieces: number, ms: number): Promise<void> => {
    for (let piece = 0; piece < pieces; piece += 1) {
      const turn = slices.next();
      if (turn) await turn;
      now += ms;
      worked.push(name);
    }
  };
  /** What is done until the event loop turns. */
  const turn = async (): Promise<string> => {
    await new Promise((resolve) => setImmediate(resolve));
    const done = worked.splice(0).join("");
    for (const fire of later.splice(0)) fire();
    return done;
  };
  return { work, turn, pass: (ms: number) => (now += ms) };
}

describe("slices of time", () => {
  it("give the event loop a turn when 3 ms are over", async () => {
    const { work, turn } = start();
    const done = work("a", 7, 1);
    expect([await turn(), await turn(), await turn()]).toEqual(["aaa", "aaa", "a"]);
    await done;
  });

  it("are shared by all who work, and each gets on", async () => {
    const { work, turn } = start();
    const done = Promise.all([work("a", 4, 2), work("b", 4, 2)]);
    const turns: string[] = [];
    for (let count = 0; count < 4; count += 1) turns.push(await turn());
    await done;
    // Each may have begun a piece when the time is over.
    expect(Math.max(...turns.map((text) => text.length))).toBeLessThanOrEqual(3);
    expect(turns.join("").split("").sort().join("")).toBe("aaaabbbb");
  });

  it("begin when work does: time without work counts for nothing", async () => {
    const { work, turn, pass } = start();
    await work("a", 1, 1);
    expect(await turn()).toBe("a");
    pass(1_000);
    const done = work("b", 3, 1);
    expect(await turn()).toBe("bbb");
    await done;
  });

  it("always let one piece of work through, however long it takes", async () => {
    const { work, turn } = start();
    const done = work("a", 3, 50);
    expect([await turn(), await turn(), await turn()]).toEqual(["a", "a", "a"]);
    await done;
  });
});
