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
import { mostApart, type Stretch } from "../../bench/footprint/stretches.ts";
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

  it("tell the operator's own work from garbage collections", () => {
    const stretch = (from: number, to: number, ms: number): Stretch => ({ from, to, ms });
    const worked = [stretch(0, 10, 9), stretch(10, 40, 28), stretch(40, 52, 12), stretch(60, 90, 25)];
    const collected = [stretch(12, 38, 26), stretch(59, 61, 2)];
    expect(mostApart(worked, collected)).toBe(12);
    expect(mostApart(collected, [])).toBe(26);
    expect(mostApart([], collected)).toBe(0);
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
    const figures = { ...noFigures(), bundleBytes: 2_365_843, readySeconds: 0.6 };
    const made = { few: 100, many: 10_000, starts: 7, rounds: 3, flags: [], problems: [] };
    const text = tableOf({ ...figures, ...made, node: "v24.0.0", cpus: "2 × x", date: "2026-01-05" });
    expect(text.split("\n")).toHaveLength(1 + Object.keys(figures).length);
    expect(text).toMatch(/^bundle, in bytes +2365843 +at most 4,000,000$/m);
    expect(text).toMatch(/^memory at rest with few resources, in MB +– +at most 110$/m);
  });
});
