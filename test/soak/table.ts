import type { SoakResult } from "./soak.ts";
import type { Trend } from "./verdict.ts";

/** The result for a person. */
export function tableOf(result: SoakResult): string {
  const { minutes, resources, seed, judgedMinutes, trends, puts, done, samplesFile } = result;
  const rows: readonly (readonly [what: string, value: string])[] = [
    ...Object.entries(trends).map(([key, trend]) => [key, trend ? trendText(trend) : "–"] as const),
    ["PUTs, and reasons for them", `${puts.puts}, ${puts.reasons}`],
    ["PUTs that changed nothing", String(puts.needless.length)],
    ["crashes; leases lost", `${result.crashes}; ${result.leaseLosses}`],
    ["probes; answered after 1 s", `${result.probes}; ${result.slowProbes}`],
    ...Object.entries(done).map(([what, times]) => [what, String(times)] as const),
  ];
  return [
    `${result.ok ? "flat" : "NOT flat, or not well"}: ${resources} resources, ${minutes} minutes, of which ${Math.round(judgedMinutes)} are judged, seed ${seed}; all Ready after ${result.readySeconds} s`,
    ...rows.map(([what, value]) => `${what.padEnd(45)} ${value}`),
    `samples: ${samplesFile}`,
  ].join("\n");
}

function trendText({ first, last, perHour, unit }: Trend): string {
  const slope = perHour === undefined ? "" : `, ${perHour.toFixed(1)} more an hour`;
  return `${first.toFixed(1)} to ${last.toFixed(1)} ${unit}`.trim() + slope;
}
