import { describe, expect, it } from "vitest";
import { Callers } from "./callers.ts";

const HOUR_MS = 3_600_000;
const subscription = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

describe("subscriptions that nobody asks of any more", () => {
  it("are forgotten, and those that are asked of are not", async () => {
    const callers = new Callers();
    for (let hour = 0; hour < 50; hour += 1) {
      for (let index = 0; index < 20; index += 1) callers.call("read", "team/pool", 0, subscription(hour * 20 + index));
      callers.call("read", "team/stays", 0, "stays");
      await callers.clock.advance(HOUR_MS);
    }
    const left = callers.budget.left().map((line) => line.subscription);
    expect(left.length).toBeLessThan(70);
    expect(left).toContain("stays");
  });

  it("are told of no more, when nothing else is asked for either", async () => {
    const callers = new Callers();
    callers.call("read", "team/pool", 0, subscription(1));
    expect(callers.budget.left()).toHaveLength(1);
    await callers.clock.advance(3 * HOUR_MS);
    expect(callers.budget.left()).toEqual([]);
  });

  it("are not forgotten while Azure wants a pause", async () => {
    const callers = new Callers();
    callers.budget.closeFor("write", "paused", 10 * HOUR_MS);
    await callers.clock.advance(9 * HOUR_MS);
    callers.call("read", "team/pool", 0, subscription(1));
    expect(callers.write("team/pool", 0, "paused")).not.toBe("paid");
  });

  it("nor while somebody waits or has a turn that is not used", async () => {
    const callers = new Callers();
    callers.reserve("write", "team/holds");
    await callers.clock.advance(9 * HOUR_MS);
    callers.call("read", "team/pool", 0, subscription(1));
    const before = callers.budget.left().find(({ kind }) => kind === "write");
    callers.write("team/holds");
    expect(callers.budget.left().find(({ kind }) => kind === "write")).toEqual(before);
  });
});
