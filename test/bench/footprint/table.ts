import type { Figures } from "./figures.ts";
import type { FootprintResult } from "./footprint.ts";

/** Each figure, with what it should be; in the order of the table. */
const ROWS: readonly (readonly [key: keyof Figures, text: string, goal: string])[] = [
  ["bundleBytes", "bundle, in bytes", "at most 4,000,000"],
  ["readySeconds", "ready with few resources, median, in seconds", "at most 1"],
  ["readyCpuSeconds", "  … of a processor's time", ""],
  ["rssMB100", "memory at rest with few resources, in MB", "at most 110"],
  ["peakRssMB100", "  … the most it was", ""],
  ["rssMB10000", "memory at rest with many resources, in MB", "at most 200"],
  ["peakRssMB10000", "  … the most it was", ""],
  ["readySeconds10000", "ready with many resources, median, in seconds", ""],
  ["loadSeconds", "  … until each was looked at, in seconds", ""],
  ["loopLagP99Ms", "event loop late then, 99 of 100, in ms", "at most 20"],
  ["loopLagMaxMs", "  … the most", ""],
  ["loopBusyP99Ms", "  … its processor's time at a stretch, 99 of 100, in ms", ""],
  ["loopBusyMaxMs", "  … the most", ""],
  ["loopOwnMaxMs", "  … the most without a garbage collection", "at most 20"],
  ["gcMaxMs", "  … the longest garbage collection", ""],
  ["restLagP99Ms", "event loop late at rest, 99 of 100, in ms", "at most 20"],
  ["restLagMaxMs", "  … the most", ""],
  ["compileCacheBytes", "compile cache, in bytes", ""],
];

/** The figures for a person. */
export function tableOf(result: FootprintResult): string {
  const { few, many, starts, rounds, node, cpus, date } = result;
  const rows = ROWS.map(([key, text, goal]) =>
    `${text.padEnd(56)} ${String(result[key] ?? "–").padStart(10)}   ${goal}`.trimEnd(),
  );
  return [
    `${few} and ${many} resources, ${starts} starts, ${rounds} rounds; Node ${node}, ${cpus}, ${date}`,
    ...rows,
  ].join("\n");
}
