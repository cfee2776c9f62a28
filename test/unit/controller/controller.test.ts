import { describe, expect, it } from "vitest";
import type { Result } from "../../../src/controller/controller.ts";
import { sleep } from "../../../src/time/clock.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { started } from "./started.ts";

/** Runs one key through a list of results and tells at which times it was reconciled. */
async function timesOf(results: readonly (Result | Error)[], horizonMs: number): Promise<readonly number[]> {
  const clock = new FakeClock();
  const times: number[] = [];
  const { controller, queue } = started({
    clock,
    reconcile: () => {
      const result = results[times.length];
      times.push(clock.now());
      if (result instanceof Error) throw result;
      return Promise.resolve(result ?? { kind: "done" });
    },
  });
  queue.add("ns/pool");
  await clock.advance(horizonMs);
  await controller.stop(sleep(clock, 0));
  return times;
}

describe("what happens after a reconcile", () => {
  it.each<[story: string, results: readonly (Result | Error)[], times: readonly number[]]>([
    ["done: nothing until something changes", [{ kind: "done" }], [0]],
    ["requeue: again when its time has come", [{ kind: "requeue", afterMs: 7_000 }], [0, 7_000]],
    ["retry: exponential backoff", [{ kind: "retry" }, { kind: "retry" }, { kind: "retry" }], [0, 1_000, 3_000, 7_000]],
    ["an unexpected error is retried like a failure", [new Error("bug"), new Error("bug")], [0, 1_000, 3_000]],
    ["Retry-After is obeyed even where the backoff is shorter", [{ kind: "retry", notBeforeMs: 30_000 }], [0, 30_000]],
    [
      "a cap of its own",
      [
        { kind: "retry", maxMs: 1_500 },
        { kind: "retry", maxMs: 1_500 },
      ],
      [0, 1_000, 2_500],
    ],
    [
      "progress forgets failures",
      [{ kind: "retry" }, { kind: "retry" }, { kind: "requeue", afterMs: 10 }, { kind: "retry" }],
      [0, 1_000, 3_000, 3_010, 4_010],
    ],
  ])("%s", async (_story, results, times) => {
    expect(await timesOf(results, 100_000)).toEqual(times);
  });

  it("one key that never ends does not hold up another", async () => {
    const done: string[] = [];
    const stuck = Promise.withResolvers<void>();
    const { controller, queue, clock } = started({
      concurrency: 2,
      reconcile: async (key) => {
        if (key === "stuck") await stuck.promise;
        done.push(key);
        return { kind: "done" };
      },
    });
    for (const key of ["stuck", "a", "b"]) queue.add(key);
    await clock.advance(1);
    expect(done).toEqual(["a", "b"]);
    stuck.resolve();
    await controller.stop(sleep(clock, 0));
  });

  it("keys begin one after the other, each in a turn of the event loop of its own", async () => {
    const [turns, begun, ended]: [(() => void)[], string[], string[]] = [[], [], []];
    const { controller, queue, clock } = started({
      concurrency: 3,
      turns: { own: () => new Promise((resolve) => void turns.push(resolve)) },
      reconcile: async (key) => {
        begun.push(key);
        for (let step = 0; step < 50; step += 1) await Promise.resolve();
        ended.push(key);
        return { kind: "done" };
      },
    });
    for (const key of ["a", "b", "c", "d", "e"]) queue.add(key);
    for (const count of [0, 1, 2, 3, 4, 5]) {
      await clock.advance(1);
      // What has begun has ended before the loop turns and the next may begin.
      expect([begun.length, ended.length, turns.length]).toEqual([count, count, count === 5 ? 0 : 1]);
      turns.shift()?.();
    }
    await controller.stop(sleep(clock, 0));
  });

  it("stop lets the call in hand finish, then aborts it", async () => {
    let aborted = false;
    const { controller, queue, clock } = started({
      reconcile: async (_key, _log, signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted = true;
        throw signal.reason;
      },
    });
    queue.add("a");
    await clock.advance(1);
    const stopped = controller.stop(sleep(clock, 25_000));
    await clock.advance(24_000);
    expect(aborted).toBe(false);
    await clock.advance(1_000);
    await stopped;
    expect(aborted).toBe(true);
  });
});
