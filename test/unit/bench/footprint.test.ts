import { describe, expect, it } from "vitest";
import {
  bundleBytes,
  compileCacheBytes,
  cpuSecondsOf,
  inMB,
  median,
  memoryOf,
  noFigures,
  restedIn,
} from "../../bench/footprint/figures.ts";
import { mostOf, type Stretch, waitsOf, without } from "../../bench/footprint/stretches.ts";
import { tableOf } from "../../bench/footprint/table.ts";

const STATUS = `Name:	node
VmPeak:	 1000000 kB
VmHWM:	  131072 kB
VmRSS:	  102400 kB
Threads:	11
`;

describe("the figures of a footprint", () => {
  it("count what the image needs of dist/, without source maps, and compiled code by itself", () => {
    const files = [
      { name: "operator.js", bytes: 400 },
      { name: "main-ABC.js", bytes: 2_000_000 },
      { name: "main-ABC.js.map", bytes: 9_000_000 },
      { name: "compile-cache/v24/0a", bytes: 700 },
      { name: "compile-cache/v24/0b", bytes: 30 },
    ];
    expect([bundleBytes(files), compileCacheBytes(files)]).toEqual([2_000_400, 730]);
  });

  it("read memory and its peak from what Linux says of a process", () => {
    expect(memoryOf(STATUS)).toEqual({ now: 102_400 * 1024, peak: 131_072 * 1024 });
    expect(() => memoryOf(STATUS.replace("VmRSS", "RssAnon"))).toThrow("says no VmRSS");
  });

  it("read the processor's time, whatever the process is called", () => {
    const fields = ["S", ...Array.from({ length: 10 }, () => "7"), "123", "45", "9", "9"];
    for (const name of ["node", "no de) (x"]) expect(cpuSecondsOf(`42 (${name}) ${fields.join(" ")}`)).toBe(1.68);
  });

  it("count the reconciles after which a resource rests", () => {
    const total = (result: string, count: number): string =>
      `controller_runtime_reconcile_total{controller="sessionpool",result="${result}"} ${count}\n`;
    const help = "# HELP controller_runtime_reconcile_total Reconciles by how they ended.\n";
    expect(restedIn(help + total("success", 12) + total("requeue", 3) + total("requeue_after", 42))).toBe(42);
    expect(restedIn("")).toBe(0);
  });

  const stretch = (from: number, to: number, ms: number): Stretch => ({ from, to, ms });

  it.each<[what: string, worked: Stretch, collected: readonly Stretch[], left: number]>([
    ["no collection", stretch(40, 52, 12), [stretch(10, 20, 10)], 12],
    ["a short collection in long work", stretch(0, 40, 40), [stretch(20, 20.5, 0.5)], 39.5],
    ["a collection and little else", stretch(10, 40, 29), [stretch(12, 38, 26)], 4],
    ["one that began before", stretch(10, 40, 30), [stretch(0, 30, 30)], 10],
    ["one that ends after", stretch(10, 40, 30), [stretch(30, 70, 40)], 20],
    ["two, one of them in the other", stretch(0, 40, 40), [stretch(10, 20, 10), stretch(12, 14, 2)], 30],
    ["two that overlap", stretch(0, 40, 40), [stretch(15, 25, 10), stretch(10, 20, 10)], 25],
    ["one in which other threads had the processor", stretch(0, 60, 31), [stretch(0, 59, 59)], 1],
    ["one beside work that had to wait for the processor", stretch(0, 60, 10), [stretch(0, 20, 20)], 10],
    ["nothing but a collection", stretch(10, 20, 9), [stretch(0, 30, 30)], 0],
  ])("tell the operator's own work from %s", (_, worked, collected, left) => {
    expect(mostOf(without([worked], collected))).toBe(left);
  });

  it("tell the longest stretch of its own work first", () => {
    const worked = [stretch(0, 30, 30), stretch(30, 50, 20), stretch(50, 75, 25)];
    expect(without(worked, [stretch(5, 25, 20)]).map(({ ms }) => ms)).toEqual([25, 20, 10]);
    expect(mostOf([])).toBe(0);
  });

  it.each<[late: number, waits: readonly number[]]>([
    [0.2, [0.2]],
    [-0.1, [0]],
    [3.5, [3.5, 2.5, 1.5, 0.5]],
  ])("weigh a loop that is late by %s ms by its time", (late, waits) => {
    expect(waitsOf(late)).toEqual(waits);
  });

  it.each<[values: readonly number[], middle: number]>([
    [[], 0],
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 3, 1, 2], 2],
  ])("have the middle of %j", (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it("are told in MB of a million bytes", () => {
    expect(inMB(110_049_000)).toBe(110);
  });

  it("are all in the table, a dash for what is not known", () => {
    const figures = { ...noFigures(), bundleBytes: 2_365_843, readySeconds: 0.6, rssMB10000: 200.1, loopLagP99Ms: 20 };
    const made = { few: 100, many: 10_000, starts: 7, rounds: 3, flags: [], problems: [] };
    const text = tableOf({ ...figures, ...made, node: "v24.0.0", cpus: "2 × x", date: "2026-01-05" });
    expect(text.split("\n")).toHaveLength(1 + Object.keys(figures).length);
    expect(text).toMatch(/^bundle, in bytes +2365843 +at most 4,000,000$/m);
    expect(text).toMatch(/^memory at rest with few resources, in MB +– +at most 110$/m);
    expect(text).toMatch(/^memory at rest with many resources, in MB +200\.1 +at most 200: MISSED$/m);
    expect(text).toMatch(/^event loop late then, .* +20 +at most 20$/m);
  });
});
