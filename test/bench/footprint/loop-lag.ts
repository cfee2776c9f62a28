import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { createHistogram, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { mostApart, type Stretch } from "./stretches.ts";

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 1;
/** Shorter stretches of work, in milliseconds, are not remembered one by one. */
const WORTH_REMEMBERING_MS = 2;

/** How the event loop did in a stretch of time; milliseconds. */
export interface LoopLag {
  /** How late it came to its timers. */
  readonly p99: number;
  readonly max: number;
  /** How much of the processor's time its thread took from one timer to the next: what it is late by where nothing else runs. */
  readonly busyP99: number;
  readonly busyMax: number;
  /** The most of it without a garbage collection: the operator's own work. */
  readonly ownMax: number;
  /** The longest garbage collection, of which other threads do a part. */
  readonly gcMax: number;
}

/**
 * Loaded into the operator's process before it (`--import`): at each SIGUSR2, writes how the loop did since the last time as a line into the file that
 * LOOP_LAG_FILE names. The first stretch begins when the process listens: before, its modules are loaded.
 */
function watch(file: string): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const busy = createHistogram();
  const worked: Stretch[] = [];
  const collected: Stretch[] = [];
  const take = (entries: readonly { readonly startTime: number; readonly duration: number }[]): void => {
    for (const { startTime, duration } of entries)
      collected.push({ from: startTime, to: startTime + duration, ms: duration });
  };
  const collections = new PerformanceObserver((list) => take(list.getEntries()));
  let before = process.threadCpuUsage();
  let from = performance.now();
  const look = (): void => {
    const now = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    const to = performance.now();
    const ms = (now.user + now.system) / 1000;
    if (ms >= WORTH_REMEMBERING_MS) worked.push({ from, to, ms });
    from = to;
    // A histogram counts from 1.
    busy.record(now.user + now.system + 1);
  };
  const listening = "tracing:net.server.listen:asyncEnd";
  const begin = (): void => {
    unsubscribe(listening, begin);
    before = process.threadCpuUsage();
    from = performance.now();
    delays.enable();
    collections.observe({ entryTypes: ["gc"] });
    setInterval(look, RESOLUTION_MS).unref();
  };
  subscribe(listening, begin);
  process.on("SIGUSR2", () => {
    // From one look to the next, in nanoseconds.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    take(collections.takeRecords());
    const lag: LoopLag = {
      p99: late(delays.percentile(99)),
      max: late(delays.max),
      busyP99: busy.percentile(99) / 1000,
      busyMax: busy.max / 1000,
      ownMax: mostApart(worked, collected),
      gcMax: mostApart(collected, []),
    };
    worked.length = 0;
    collected.length = 0;
    appendFileSync(file, `${JSON.stringify(lag)}\n`);
    delays.reset();
    busy.reset();
  });
}

const { LOOP_LAG_FILE } = process.env;
if (LOOP_LAG_FILE !== undefined) watch(LOOP_LAG_FILE);
