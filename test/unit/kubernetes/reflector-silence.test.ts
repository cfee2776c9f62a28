import { describe, expect, it } from "vitest";
import type { Turns } from "../../../src/time/turns.ts";
import { begin, bookmark, event, play, type Step, streamed } from "./story.ts";

describe("a watch that falls silent", () => {
  it("is cut after 75 s and goes on from the last version", async () => {
    const { asked, times } = await play([{ tells: [...streamed("10", "a"), 70_000, bookmark("11")] }], 150_000);
    expect(asked).toEqual(["stream", "watch 11"]);
    expect(times[1]).toBe(145_000);
  });

  it("is cut too when its transport knows nothing of that, and what comes after that is not taken in", async () => {
    const late: Step = { tells: [...streamed("10", "a"), 80_000, event("ADDED", "late", "12")], ending: "deaf" };
    const { asked, changes, times } = await play([late], 90_000);
    expect(asked).toEqual(["stream", "watch 10"]);
    expect(times[1]).toBe(75_000);
    expect(changes).toEqual(["+ns/a"]);
  });

  it("begins with a list when the next says nothing either: versions go back with a restored backup, and a watch of one to come is silent", async () => {
    const restored: Step = { tells: streamed("1000", "a@900") };
    const { asked, changes } = await play(
      [{ tells: streamed("1200", "a@1100", "b@1150"), ending: "break" }, { tells: [] }, { tells: [] }, restored],
      160_000,
    );
    expect(asked).toEqual(["stream", "watch 1200", "watch 1200", "stream"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "~ns/a", "-ns/b"]);
  });

  it.each(["end", "break"] as const)(
    "begins with a list also where something in between ends what is idle before a bookmark comes (%s)",
    async (ending) => {
      const before: Step = { tells: streamed("1200", "a@1100"), ending: "break" };
      const idle: Step = { tells: [50_000], ending };
      const restored: Step = { tells: streamed("1000", "a@900") };
      const { asked, changes } = await play([before, idle, idle, idle, restored], 170_000);
      expect(asked).toEqual(["stream", "watch 1200", "watch 1200", "watch 1200", "stream"]);
      expect(changes).toEqual(["+ns/a", "~ns/a"]);
    },
  );

  it("is not cut while a bookmark comes each minute", async () => {
    const minutes = Array.from({ length: 30 }, (_, index) => [60_000, bookmark(String(11 + index))]).flat();
    expect((await play([{ tells: [...streamed("10"), ...minutes] }], 30 * 60_000)).asked).toEqual(["stream"]);
  });
});

describe("what a reflector says of itself", () => {
  it("is what it does, and since when it has got no further", async () => {
    const told = begin([
      { fails: "connect ECONNREFUSED" },
      { tells: [event("ADDED", "a", "1"), 4_000, ...streamed("10", "b"), 50_000, bookmark("11")] },
      { tells: [2_000], ending: "break" },
    ]);
    const seen: [at: number, state: string, since: number][] = [];
    const look = async (at: number): Promise<void> => {
      await told.clock.advance(at - told.clock.now());
      seen.push([at, told.reflector.progress.state, told.reflector.progress.at]);
    };
    for (const at of [1, 801, 4_900, 54_900, 129_900, 131_900]) await look(at);
    await told.stop();
    expect(seen).toEqual([
      [1, "backing off: connect ECONNREFUSED", 0],
      [801, "listing", 800],
      [4_900, "watching", 4_800],
      [54_900, "watching", 54_800],
      [129_900, "watching", 129_800],
      [131_900, "backing off: connection reset", 131_800],
    ]);
    expect(told.reflector.progress.state).toBe("");
  });

  const NEVER: Step = { tells: [], ending: "deaf" };
  it.each<[story: string, steps: readonly Step[]]>([
    ["it cannot reach the server", Array.from({ length: 99 }, () => ({ fails: "ECONNREFUSED" }))],
    ["it is refused", Array.from({ length: 99 }, () => ({ status: 500 }))],
    ["it is told to come back in a day", [{ status: 429, retryAfter: "86400" }]],
    ["it hears nothing", []],
    ["nothing answers, and nobody says so", Array.from({ length: 99 }, () => NEVER)],
    [
      "nothing comes of a list without end",
      [{ tells: Array.from({ length: 999 }, () => [event("ADDED", "a", "1"), 14_000]).flat() }],
    ],
    [
      "pages come without end",
      [{ status: 422 }, ...Array.from({ length: 999 }, () => ({ page: ["a"], rv: "1", next: "more" }))],
    ],
  ])("never is that it is stuck, although %s", async (_story, steps) => {
    const told = begin(steps);
    for (let minute = 0; minute < 20; minute += 1) {
      await told.clock.advance(60_000);
      expect(told.reflector.progress.stuckFor(told.clock.now())).toBeUndefined();
    }
    await told.stop();
  });

  it("says how long a list without end has taken, and lists in pages then", async () => {
    const told = begin([{ tells: Array.from({ length: 99 }, () => [event("ADDED", "a", "1"), 14_000]).flat() }]);
    await told.clock.advance(309_000);
    await told.stop();
    expect(told.asked).toEqual(["stream", "page"]);
    expect(told.logged.join("")).toContain("the list was not complete after 308 s");
  });

  it("is that it is stuck when its own limits are over and it has not moved", async () => {
    // Nobody gives it a turn: what no limit of its own can mend.
    const turns: Turns = { next: () => new Promise(() => undefined) };
    const told = begin([{ tells: streamed("10", "a"), ending: "deaf" }], { turns });
    // The stream's own deadline still works; that of the pages too.
    await told.clock.advance(600_000);
    expect(told.reflector.progress.stuckFor(told.clock.now())).toBeUndefined();
    const { progress } = told.reflector;
    expect(progress.stuckFor(progress.at + 200_000)).toMatch(/^\/things: .+, without progress for 200 s$/);
    await told.stop();
    expect(progress.stuckFor(told.clock.now() + 1e9)).toBeUndefined();
  });
});

describe("a reflector that takes in many objects", () => {
  it("asks for a turn before each, and takes in nothing more once it is stopped", async () => {
    const waiting: (() => void)[] = [];
    const turns: Turns = { next: () => new Promise((resolve) => void waiting.push(resolve)) };
    const told = begin([{ tells: streamed("10", "a", "b", "c") }], { turns });
    const seen: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      await told.clock.advance(0);
      seen.push(told.changes.length);
      waiting.shift()?.();
    }
    await told.clock.advance(0);
    const stopping = told.stop();
    waiting.shift()?.();
    await stopping;
    await told.clock.advance(0);
    expect(seen).toEqual([0, 1]);
    expect(told.changes).toEqual(["+ns/a", "+ns/b"]);
    expect(told.reflector.isSynced).toBe(false);
  });
});
