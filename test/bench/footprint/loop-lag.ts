import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 1;

/** How late the event loop came to its timers in a stretch of time; milliseconds. */
export interface LoopLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Loaded into the operator's process before it (`--import`): at each SIGUSR2, writes how the loop did since the last time as a line into the file that
 * LOOP_LAG_FILE names. The first stretch, until the process listens, is its start: it ends by itself.
 */
function watch(file: string): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const report = (): void => {
    // The histogram has nanoseconds from one look to the next.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const lag: LoopLag = {
      p50: late(delays.percentile(50)),
      p99: late(delays.percentile(99)),
      max: late(delays.max),
    };
    appendFileSync(file, `${JSON.stringify(lag)}\n`);
    delays.reset();
  };
  const listening = "tracing:net.server.listen:asyncEnd";
  const started = (): void => {
    unsubscribe(listening, started);
    // The loop turns once more before it counts as started.
    setImmediate(report);
  };
  subscribe(listening, started);
  process.on("SIGUSR2", report);
}

const { LOOP_LAG_FILE } = process.env;
if (LOOP_LAG_FILE !== undefined) watch(LOOP_LAG_FILE);
