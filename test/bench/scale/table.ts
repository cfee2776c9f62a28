import type { Figures } from "./figures.ts";
import type { ScaleResult } from "./scale.ts";

/** Each figure, with what it should be; in the order of the table. */
const ROWS: readonly (readonly [key: keyof Figures, text: string, goal: string])[] = [
  ["callsPerMinuteAtRest", "calls to Azure a minute, at rest", "at most a 20th of the next"],
  ["getsPerMinutePeer", "GETs a minute of one who reads each pool", ""],
  ["writesAtRest", "writes to Azure and Kubernetes, at rest", "0"],
  ["putFloorSeconds", "all PUTs, at best, in seconds", ""],
  ["putSeconds", "all PUTs, in seconds", "within 5 % of the last"],
  ["putsTaken", "PUTs taken for the new pools", "one each"],
  ["throttled", "429s but for the storm", "0"],
  ["editSentSeconds", "an edit in the middle: sent after, in seconds", "at most 2"],
  ["editDelaySeconds", "  … and in Azure after, in seconds", ""],
  ["poolsInFlight", "pools in flight", ""],
  ["readyLagP50", "Ready after Azure's end, median, in seconds", "at most 2"],
  ["readyLagP99", "  … 99 of 100, in seconds", "at most 6"],
  ["readShareInFlight", "reads then, of what Azure allows", "at most 0.5"],
  ["readShareWhileEnding", "  … while pools end", ""],
  ["stormRefusals", "429s met in the storm", ""],
  ["callsBeforeRetryAfter", "calls before the time that a 429 named", "0"],
  ["peakAfterStorm", "most writes in a second, after the storm", "no spike"],
];

/** The figures for a person. */
export function tableOf(result: ScaleResult): string {
  const rows = ROWS.map(([key, text, goal]) =>
    `${text.padEnd(47)} ${String(result[key] ?? "–").padStart(10)}   ${goal}`.trimEnd(),
  );
  return [
    `${result.pools} pools, seed ${result.seed}, ${result.pageSize} on a page, on a virtual clock (${result.wallSeconds} s of the machine's)`,
    ...rows,
  ].join("\n");
}
