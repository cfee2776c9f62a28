import { describe, expect, it } from "vitest";
import { bookmark, event, failure, play, type Step, streamed } from "./story.ts";

const LISTED: Step = { tells: streamed("10", "a") };

describe("a watch that is cut while nothing happens", () => {
  it.each(["break", "end"] as const)(
    "is opened again at once each time, and nobody is warned; silence for long still begins with a list (%s)",
    async (ending) => {
      const idle = (step: Step): Step => ({ tells: [...("tells" in step ? step.tells : []), 35_000], ending });
      const round = [idle(LISTED), ...Array.from({ length: 4 }, () => idle({ tells: [] }))];
      const { asked, times, logged } = await play(Array.from({ length: 20 }, () => round).flat(), 100 * 35_000 - 1);
      expect(times).toEqual(Array.from({ length: 100 }, (_, index) => index * 35_000));
      expect(asked.slice(0, 7)).toEqual([
        "stream",
        ...Array.from({ length: 4 }, () => "watch 10"),
        "stream",
        "watch 10",
      ]);
      expect(logged).toEqual([]);
    },
  );

  it("by a server that sends no bookmarks is followed by a list after 150 s, for ever", async () => {
    const silent: Step = { tells: [] };
    const rounds = Array.from({ length: 12 }, () => [LISTED, silent]).flat();
    const { asked, times, logged } = await play(rounds, 24 * 75_000 - 1);
    expect(asked).toEqual(Array.from({ length: 12 }, () => ["stream", "watch 10"]).flat());
    expect(times).toEqual(Array.from({ length: 24 }, (_, index) => index * 75_000));
    expect(new Set(logged.map((line) => (JSON.parse(line) as { level: number }).level))).toEqual(new Set([30]));
  });

  it("goes on from what it told last", async () => {
    const { asked, times } = await play(
      [
        { tells: [...streamed("10"), 30_000], ending: "break" },
        { tells: [20_000, event("ADDED", "a", "11"), 20_000], ending: "break" },
        { tells: [20_000, bookmark("12"), 20_000], ending: "break" },
      ],
      150_000,
    );
    expect(asked).toEqual(["stream", "watch 10", "watch 11", "watch 12"]);
    expect(times).toEqual([0, 30_000, 70_000, 110_000]);
  });

  it("was none when it lived for less than five seconds: the next ones come ever later, and the log says why", async () => {
    const short: Step = { tells: [4_999], ending: "break" };
    const { times, logged } = await play([{ ...LISTED, ending: "break" }, short, short, short], 60_000);
    expect(times).toEqual([0, 800, 7_399, 15_598, 26_997]);
    expect(logged).toHaveLength(4);
  });

  it("forgives what failed before it", async () => {
    const away: Step = { fails: "ECONNREFUSED" };
    const cut: Step = { tells: [5_000], ending: "break" };
    const { times } = await play([{ ...LISTED, ending: "break" }, away, away, cut, away], 20_000);
    expect(times).toEqual([0, 800, 2_400, 5_600, 10_600, 11_400]);
  });
});

describe("what is no watch that was cut, and is tried again ever later", () => {
  it("is a request that nobody answered, however long that took", async () => {
    const hangs: Step = { fails: "headers timeout", takes: 20_000 };
    const { times } = await play([{ ...LISTED, ending: "break" }, hangs, hangs, hangs], 80_000);
    expect(times).toEqual([0, 800, 22_400, 45_600, 72_000]);
  });

  it("is a list that breaks half way", async () => {
    const half: Step = { tells: [event("ADDED", "a", "1"), 10_000], ending: "break" };
    const { asked, times } = await play([half, half, half], 40_000);
    expect(asked).toEqual(["stream", "stream", "stream", "stream"]);
    expect(times).toEqual([0, 10_800, 22_400, 35_600]);
  });

  it("is a list in pages after a watch that was cut", async () => {
    const cut: Step = { tells: [74_000], ending: "break" };
    const away: Step = { fails: "ECONNREFUSED" };
    const { asked, times } = await play([{ status: 422 }, { page: ["a"], rv: "10" }, cut, cut, away, away], 152_000);
    expect(asked).toEqual(["stream", "page", "watch 10", "watch 10", "page", "page", "page"]);
    expect(times).toEqual([0, 0, 0, 74_000, 148_000, 148_800, 150_400]);
  });

  it("is one that the server itself ends with an error, although its wait begins anew", async () => {
    const error: Step = { tells: [10_000, failure(500, "InternalError")] };
    const { asked, times } = await play([{ ...LISTED, ending: "break" }, error, error], 30_000);
    expect(asked).toEqual(["stream", "watch 10", "watch 10", "watch 10"]);
    expect(times).toEqual([0, 800, 11_600, 22_400]);
  });
});

describe("a complete list", () => {
  it("forgives what failed before it", async () => {
    const away: Step = { fails: "ECONNREFUSED" };
    const { times } = await play([away, away, away, { ...LISTED, ending: "break" }], 10_000);
    expect(times).toEqual([0, 800, 2_400, 5_600, 6_400]);
  });

  it("does not come ever so fast when each is too old for a watch", async () => {
    const expired: Step = { status: 410 };
    const rounds = Array.from({ length: 9 }, () => [{ ...LISTED, ending: "break" } as const, expired]).flat();
    const { asked, times } = await play(rounds, 120_000);
    const lists = times.filter((_time, index) => asked[index] === "stream");
    expect(lists.length).toBeLessThan(7);
    expect(asked.slice(0, 5)).toEqual(["stream", "watch 10", "stream", "watch 10", "stream"]);
  });
});
