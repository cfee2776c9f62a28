import { describe, expect, it } from "vitest";
import { recordedDuration, type Work } from "../../emulator/durations.ts";
import { Azure, custom, POOL, POOLS } from "./model-azure.ts";

describe("how long operations take", () => {
  it.each<[work: Work, at: number, seconds: number]>([
    ["create", 0, 351],
    ["create", 0.5, 369],
    ["create", 1 / 12, 352.5],
    ["create", 0.999_999, 464],
    ["update", 0.7, 150],
    ["patch", 0, 85],
    ["patch", 0.25, 96],
    ["patch", 0.999_999, 292],
    ["delete", 0, 278],
    ["delete", 0.999_999, 434],
  ])("%s, recorded: at %d of the way %d s", (work, at, seconds) => {
    expect(recordedDuration(work, () => at)).toBeCloseTo(seconds, 2);
  });

  it("may differ: each ends at its own time, in whatever order, and is told by its own pace", () => {
    const asked: Work[] = [];
    const seconds = [300, 20, 100, 40, 9];
    const azure = new Azure({
      provisioningSeconds: (work) => {
        asked.push(work);
        return seconds[asked.length - 1] ?? 0;
      },
    });
    const working = (): string[] =>
      (azure.model.peek() as { name: string; properties: { provisioningState: string } }[])
        .filter(({ properties }) => properties.provisioningState !== "Succeeded")
        .map(({ name }) => name);
    const paces = ["alpha", "beta", "gamma"].map(
      (name) => azure.send("PUT", `${POOLS}/${name}`, custom()).headers["retry-after"],
    );
    expect(paces).toEqual(["15", "7", "15"]);
    expect(working()).toEqual(["alpha", "beta", "gamma"]);
    azure.advance(20);
    expect(working()).toEqual(["alpha", "gamma"]);
    azure.send("PUT", `${POOLS}/beta`, custom());
    azure.advance(40);
    expect(working()).toEqual(["alpha", "gamma"]);
    azure.send("DELETE", `${POOLS}/beta`);
    azure.advance(9);
    expect(working()).toEqual(["alpha", "gamma"]);
    expect(azure.send("GET", `${POOLS}/beta`).status).toBe(404);
    azure.advance(231);
    expect(working()).toEqual([]);
    expect(asked).toEqual(["create", "create", "create", "update", "delete"]);
  });

  it("can be asked for without a call", () => {
    const azure = new Azure();
    expect(azure.model.endOfWork(POOL)).toBeUndefined();
    azure.send("PUT", POOL, custom());
    const end = azure.now + 300_000;
    expect(azure.model.endOfWork(POOL.toUpperCase())).toBe(end);
    azure.advance(600);
    azure.send("GET", POOL);
    expect(azure.model.endOfWork(POOL)).toBe(end);
    expect(azure.model.calls).toHaveLength(2);
  });
});
