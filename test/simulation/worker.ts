import { parentPort } from "node:worker_threads";
import { conduct, type Experiment } from "./experiments.ts";
import { randomRun } from "./random.ts";
import type { Violation } from "./properties/properties.ts";

/** What one run is: an experiment of a campaign, or a seed of the random mode. */
export type Job = Experiment | { readonly campaign: "random"; readonly seed: number };

/** How it was. */
export interface Result {
  readonly job: Job;
  readonly violations: readonly Violation[];
  readonly digest: string;
  /** Only of a run that broke something. */
  readonly trace: readonly string[];
}

/** Makes one run. An exception of the run's own counts as broken, too. @param always has the trace also of a run in which all was well */
export async function carryOut(job: Job, always = false): Promise<Result> {
  try {
    const { violations, trace, digest } = await ("scenario" in job ? conduct(job) : randomRun(job.seed));
    return { job, violations, digest, trace: always || violations.length > 0 ? trace : [] };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { job, violations: [{ property: "the simulation", text }], digest: "", trace: [] };
  }
}

parentPort?.on("message", (job: Job) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  void carryOut(job).then((result) => parentPort?.postMessage(result));
});
