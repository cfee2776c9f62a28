import { LARGEST_BUNDLE } from "../../../tools/bundle-size.ts";
import type { Figures } from "./figures.ts";
import type { FootprintResult } from "./footprint.ts";

/** Each figure, with the most that it should be; in the order of the table. */
const ROWS: readonly (readonly [key: keyof Figures, text: string, goal?: number])[] = [
  ["bundleBytes", "bundle, in bytes", LARGEST_BUNDLE],
  ["readySeconds", "ready with few resources, median, in seconds", 1],
  ["readyCpuSeconds", "  … of a processor's time"],
  ["rssMB100", "memory at rest with few resources, in MB", 110],
  ["peakRssMB100", "  … the most it was"],
  ["rssMB10000", "memory at rest with many resources, in MB", 200],
  ["peakRssMB10000", "  … the most it was"],
  ["readySeconds10000", "ready with many resources, median, in seconds"],
  ["loadSeconds", "  … until each was looked at, in seconds"],
  ["loopLagP99Ms", "event loop late then, at 99 of 100 moments, in ms", 20],
  ["loopLagMaxMs", "  … the most"],
  ["loopBusyP99Ms", "  … its processor's time at a stretch, at 99 of 100 moments, in ms"],
  ["loopBusyMaxMs", "  … the most"],
  ["loopOwnMaxMs", "  … the most without the time of garbage collections", 20],
  ["gcMaxMs", "  … the longest garbage collection"],
  ["restLagP99Ms", "event loop late at rest, at 99 of 100 moments, in ms", 20],
  ["restLagMaxMs", "  … the most"],
  ["compileCacheBytes", "compile cache, in bytes"],
];

/** So wide are the texts. */
const WIDTH = 68;

/** The figures for a person, each with its goal and whether it is missed. */
export function tableOf(result: FootprintResult): string {
  const { few, many, starts, rounds, node, cpus, date } = result;
  const rows = ROWS.map(([key, text, goal]) =>
    `${text.padEnd(WIDTH)} ${String(result[key] ?? "–").padStart(10)}   ${goalText(result[key], goal)}`.trimEnd(),
  );
  return [
    `${few} and ${many} resources, ${starts} starts, ${rounds} rounds; Node ${node}, ${cpus}, ${date}`,
    ...rows,
  ].join("\n");
}

function goalText(figure: number | null, goal: number | undefined): string {
  if (goal === undefined) return "";
  const isMissed = figure !== null && figure > goal;
  return `at most ${goal.toLocaleString("en-US")}${isMissed ? ": MISSED" : ""}`;
}
