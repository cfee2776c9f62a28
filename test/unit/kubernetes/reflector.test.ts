import { describe, expect, it } from "vitest";
import { begin, bookmark, endOfList, event, failure, play, type Step, streamed } from "./story.ts";

const HANG: Step = { tells: [] };

describe("the reflector", () => {
  it("streams a list and goes on with it as a watch, and drops what nobody reads", async () => {
    const { asked, changes, reflector } = await play(
      [
        {
          tells: [
            ...streamed("10", "a", "b", "c"),
            event("MODIFIED", "a", "11"),
            event("DELETED", "b", "12"),
            event("ADDED", "d", "13"),
          ],
        },
      ],
      0,
    );
    expect(asked).toEqual(["stream"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "+ns/c", "~ns/a", "-ns/b", "+ns/d"]);
    expect(reflector.isSynced).toBe(true);
    expect(JSON.stringify(reflector.get("ns/a"))).not.toMatch(/managedFields|last-applied/);
    expect(reflector.get("ns/a")?.metadata.annotations).toEqual({ keep: "1" });
  });

  it("is synced only at the end of the list", async () => {
    const told = begin([{ tells: [event("ADDED", "a", "1"), 5_000, endOfList("10")] }]);
    await told.clock.advance(4_999);
    expect(told.reflector.isSynced).toBe(false);
    await told.clock.advance(1);
    expect(told.reflector.isSynced).toBe(true);
    await told.stop();
  });

  it("keeps what it is told to keep, and reports everything", async () => {
    const reported: unknown[] = [];
    const { reflector } = await play([{ tells: streamed("10", "a") }], 0, {
      keep: ({ metadata: { name, uid, resourceVersion } }) => ({ metadata: { name, uid, resourceVersion } }),
      onChange: (_key, _previous, current) => reported.push(current?.metadata.annotations),
    });
    expect(reflector.get("ns/a")).toEqual({ metadata: { name: "a", uid: "u-a", resourceVersion: "10" } });
    expect(reported).toEqual([{ keep: "1" }]);
  });

  it("goes on from the last bookmark or event when a watch ends or breaks, without a list", async () => {
    const { asked } = await play(
      [
        { tells: [...streamed("10"), 2_000], ending: "end" },
        { tells: [bookmark("20")], ending: "end" },
        { tells: [event("ADDED", "a", "21")], ending: "break" },
        { tells: [event("DELETED", "a", "22")], ending: "break" },
      ],
      10_000,
    );
    expect(asked).toEqual(["stream", "watch 10", "watch 20", "watch 21", "watch 22"]);
  });

  it.each<[story: string, step: Step]>([
    ["410 at the start of a watch", { status: 410 }],
    ["410 within a watch", { tells: [failure(410, "Expired")], ending: "end" }],
  ])("%s: lists again and reports only what changed meanwhile", async (_story, step) => {
    const { asked, changes } = await play(
      [
        { tells: streamed("10", "a@1", "b@2"), ending: "break" },
        step,
        { tells: streamed("30", "a@1", "c@30"), ending: "break" },
      ],
      10_000,
    );
    expect(asked).toEqual(["stream", "watch 10", "stream", "watch 30"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "+ns/c", "-ns/b"]);
  });

  it.each<[story: string, step: Step]>([
    ["breaks", { tells: [event("ADDED", "a", "1")], ending: "break" }],
    ["ends", { tells: [event("ADDED", "a", "1")], ending: "end" }],
    ["falls silent", { tells: [event("ADDED", "a", "1")] }],
    ["fails", { tells: [event("ADDED", "a", "1"), failure(500, "InternalError")] }],
    ["breaks between two pages", { page: ["a@1"], rv: "30", next: "p2" }],
  ])("a list that %s half way removes nothing, a complete one does", async (_story, step) => {
    const inPages = "page" in step;
    const whole = inPages ? { page: ["a@1", "b@2"], rv: "10" } : { tells: streamed("10", "a@1", "b@2") };
    const { asked, changes, reflector } = await play(
      [
        ...(inPages ? [{ status: 422 }] : []),
        { ...whole, ending: "break" },
        ...(inPages ? [{ tells: [], ending: "break" } as const] : []),
        { status: 410 },
        step,
        ...(inPages ? [{ status: 500 }] : []),
      ],
      30_000,
    );
    expect(asked.length).toBeGreaterThan(3);
    expect(changes).toEqual(["+ns/a", "+ns/b"]);
    expect(reflector.keys()).toEqual(["ns/a", "ns/b"]);
  });

  it("what is deleted while a list is streamed is gone at once, and stays gone", async () => {
    const { changes } = await play(
      [
        { tells: streamed("10", "a@1", "b@2"), ending: "break" },
        { status: 410 },
        { tells: [event("ADDED", "a", "1"), event("ADDED", "b", "2"), event("DELETED", "a", "31"), endOfList("31")] },
      ],
      5_000,
    );
    expect(changes).toEqual(["+ns/a", "+ns/b", "-ns/a"]);
  });
});

describe("a reflector whose watch is refused", () => {
  it.each([429, 500, 504, 401, 403])("with %i backs off and goes on from where it was", async (status) => {
    const { asked, times } = await play(
      [{ tells: streamed("10"), ending: "break" }, { status }, { status }, { status }],
      12_000,
    );
    expect(asked.slice(1)).toEqual(Array.from({ length: 4 }, () => "watch 10"));
    expect(times.slice(1)).toEqual([800, 2_400, 5_600, 12_000]);
  });

  it.each<[story: string, step: Step, then: string]>([
    ["500 for more than a minute", { status: 500 }, "stream"],
    ["ERROR 500 for more than a minute", { tells: [failure(500, "InternalError")] }, "stream"],
    ["an end at once for more than a minute", { tells: [], ending: "end" }, "stream"],
    ["a line that nobody can read, for more than a minute", { tells: [{ type: "NEWS", object: {} }] }, "stream"],
    ["429 for more than a minute", { status: 429 }, "watch 10"],
    ["a server that cannot be reached for more than a minute", { fails: "ECONNREFUSED" }, "watch 10"],
  ])("%s", async (_story, step, then) => {
    const steps = Array.from({ length: 9 }, () => step);
    const { asked, times } = await play([{ tells: streamed("10"), ending: "break" }, ...steps], 120_000);
    expect(asked.slice(1, 7)).toEqual(Array.from({ length: 6 }, () => "watch 10"));
    expect(times.slice(1, 7)).toEqual([800, 2_400, 5_600, 12_000, 24_800, 50_400]);
    expect(times.slice(7)).toEqual([80_400, 110_400]);
    expect(asked.at(-1)).toBe(then);
    expect(asked.slice(1).every((title) => title === "watch 10")).toBe(then === "watch 10");
  });

  it("goes on after an object that nobody can take in, and tells of it without a word of what is in it", async () => {
    const taken: string[] = [];
    const { logged, asked } = await play([{ tells: streamed("10", "a", "bad", "c") }], 10, {
      onChange: (key) => {
        if (key === "ns/bad") throw new TypeError("aHVudGVyMg== is no object");
        taken.push(key);
      },
    });
    expect([taken, asked]).toEqual([["ns/a", "ns/c"], ["stream"]]);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? "")).toMatchObject({ level: 50, key: "ns/bad", error: "TypeError" });
    expect(logged[0]).not.toContain("aHVudGVyMg");
  });

  it("keeps Retry-After, also where a list is refused", async () => {
    const { asked, times } = await play(
      [
        { status: 429, retryAfter: "7" },
        { tells: streamed("1"), ending: "break" },
        { status: 429, retryAfter: "20" },
      ],
      40_000,
    );
    expect(asked).toEqual(["stream", "stream", "watch 1", "watch 1"]);
    expect(times).toEqual([0, 7_000, 7_800, 27_800]);
  });

  it("begins the backoff anew once the watch has told something", async () => {
    const { times } = await play(
      [
        { tells: streamed("10"), ending: "break" },
        { fails: "ECONNREFUSED" },
        { fails: "ECONNREFUSED" },
        { tells: [bookmark("11")], ending: "break" },
        { fails: "ECONNREFUSED" },
      ],
      30_000,
    );
    expect(times).toEqual([0, 800, 2_400, 5_600, 6_400, 8_000]);
  });

  it("says so when it may not, and quotes no line that it cannot read", async () => {
    const { logged } = await play(
      [{ status: 403 }, { tells: [...streamed("10"), { type: "aHVudGVyMg==", object: { data: "aHVudGVyMg==" } }] }],
      2_000,
    );
    expect(logged.filter((line) => line.includes("the operator needs the verbs list and watch"))).toHaveLength(1);
    expect(logged.join("\n")).toContain("unknown type");
    expect(logged.join("\n")).not.toContain("aHVudGVyMg");
  });
});

describe("a reflector of a server that streams no lists", () => {
  const pages: readonly Step[] = [
    { page: ["a", "b"], rv: "10", next: "p2" },
    { page: ["c"], rv: "10" },
    { status: 410 },
    { page: ["a@10"], rv: "30" },
  ];

  it.each<[story: string, refusal: Step]>([
    ["400", { status: 400 }],
    ["422", { status: 422, reason: "Invalid" }],
    ["422 as an event", { tells: [failure(422, "Invalid")], ending: "end" }],
    ["a bookmark before the end of the list", { tells: [event("ADDED", "a", "10"), 10_000, bookmark("10")] }],
  ])("%s: lists in pages at once, and does not ask again", async (_story, refusal) => {
    const { asked, changes } = await play([refusal, ...pages], 20_000);
    expect(asked).toEqual(["stream", "page", "page p2", "watch 10", "page", "watch 30"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "+ns/c", "-ns/b", "-ns/c"]);
  });

  it.each<[story: string, silent: Step, at: number]>([
    ["nothing comes for 15 s", { tells: [event("ADDED", "a", "10")] }, 15_800],
    ["nothing comes at all", HANG, 15_800],
    ["it ends before its end is told", { tells: [event("ADDED", "a", "10"), 1_000], ending: "end" }, 1_800],
    [
      "it has no end",
      { tells: Array.from({ length: 50 }, (_, index) => [event("ADDED", `x${index}`, "1"), 10_000]).flat() },
      300_800,
    ],
  ])("when %s, lists in pages, and asks again next time", async (_story, silent, at) => {
    const { asked, times } = await play([silent, ...pages.slice(0, 3)], at + 2_000);
    expect(asked).toEqual(["stream", "page", "page p2", "watch 10", "stream"]);
    expect(times[1]).toBe(at);
  });

  it("asks for shorter pages where each object may be large", async () => {
    const { asked } = await play([{ status: 422 }, ...pages.slice(0, 2)], 1_000, { pageSize: 10 });
    expect(asked).toEqual(["stream", "page of 10", "page of 10 p2", "watch 10"]);
  });

  it("begins again when its pages have no end for five minutes", async () => {
    const page: Step = { page: ["a"], rv: "10", next: "more", takes: 10_000 };
    const { asked, times } = await play([{ status: 422 }, ...Array.from({ length: 60 }, () => page)], 310_000);
    const again = asked.lastIndexOf("page");
    expect(asked.slice(0, again)).toEqual(["stream", "page", ...Array.from({ length: 29 }, () => "page more")]);
    expect(times[again]).toBe(300_800);
  });

  it("does not take a refusal of the watch for one of the list", async () => {
    const { asked } = await play(
      [{ tells: [...streamed("10"), failure(400, "BadRequest")] }, { status: 410 }, { tells: streamed("20") }],
      5_000,
    );
    expect(asked).toEqual(["stream", "watch 10", "stream"]);
  });
});
