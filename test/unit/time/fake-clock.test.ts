import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../time/fake-clock.ts";
import { Heap } from "../../time/heap.ts";

describe("the clock of the tests", () => {
  it("fires in the order of time, and of two at the same time the one set first", async () => {
    const clock = new FakeClock(100);
    const fired: string[] = [];
    const set = (ms: number, name: string): (() => void) =>
      clock.timer(ms, () => void fired.push(`${name} ${clock.now()}`));
    set(20, "b");
    set(10, "a");
    set(20, "c");
    set(0, "now");
    set(31, "later");
    set(15, "cancelled")();
    await clock.advance(30);
    expect(fired).toEqual(["now 100", "a 110", "b 120", "c 120"]);
    expect(clock.now()).toBe(130);
  });

  it("takes in what is set while it moves, and stops when it is told", async () => {
    const clock = new FakeClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      clock.timer(10, again);
    };
    clock.timer(0, again);
    await clock.advance(100, () => fired.length === 3);
    expect([fired, clock.now()]).toEqual([[0, 10, 20], 20]);
  });

  it("lets promises go on between two timers", async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.timer(ms, resolve));
    const work = async (): Promise<void> => {
      await wait(5);
      for (let step = 0; step < 3; step += 1) await Promise.resolve();
      seen.push("after 5");
      await wait(1);
      seen.push("after 6");
    };
    void work();
    clock.timer(5, () => void seen.push("also at 5"));
    await clock.advance(6);
    expect(seen).toEqual(["after 5", "also at 5", "after 6"]);
  });

  it("has no place for a time that is no number", () => {
    expect(() => new FakeClock().timer(Number.NaN, () => undefined)).toThrow(RangeError);
  });
});

describe("the heap", () => {
  it("gives what a sorted list would, whatever is added and removed", () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 99 }) }),
      fc.record({ remove: fc.nat(50) }),
      fc.constant("take" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const heap = new Heap<number>();
        const entries: ReturnType<typeof heap.add>[] = [];
        let list: { at: number; item: number }[] = [];
        const drop = (item: number): void => void (list = list.filter((other) => other.item !== item));
        for (const what of steps) {
          if (what === "take") {
            if (heap.first) heap.remove(heap.first);
            drop(list[0]?.item ?? -1);
          } else if ("add" in what) {
            const item = entries.length;
            entries.push(heap.add(what.add, item));
            list = [...list, { at: what.add, item }].sort((one, other) => one.at - other.at || one.item - other.item);
          } else {
            const entry = entries[what.remove];
            if (entry) heap.remove(entry);
            drop(what.remove);
          }
          expect(heap.size).toBe(list.length);
          expect(heap.first?.item).toBe(list[0]?.item);
        }
      }),
    );
  });
});
