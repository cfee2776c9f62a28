import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { createHistogram, PerformanceObserver, type RecordableHistogram } from "node:perf_hooks";
import { mostOf, type Stretch, waitsOf, without } from "./stretches.ts";

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 1;
/** Shorter stretches of work, in milliseconds, are not remembered one by one. */
const WORTH_REMEMBERING_MS = 2;
/** So many of the longest stretches of the operator's own work are told one by one. */
const TOLD = 5;

/** How the event loop did in a stretch of time; milliseconds. Of 100 moments, 99 are such that what came then waited no longer. */
export interface LoopLag {
  /** How late it came to its timers. */
  readonly p99: number;
  readonly max: number;
  /** How much of the processor's time its thread took from one timer to the next: what it is late by where nothing else runs. */
  readonly busyP99: number;
  readonly busyMax: number;
  /** The longest of these without the time of garbage collections in them, since the process began: the operator's own work, the longest first. */
  readonly own: readonly Stretch[];
  /** The longest garbage collection, of which other threads do a part. */
  readonly gcMax: number;
}

/**
 * Loaded into the operator's process before it (`--import`): at each SIGUSR2, writes how the loop did since the last time as a line into the file that
 * LOOP_LAG_FILE names. The first stretch begins when the process listens: before, its modules are loaded.
 */
function watch(file: string): void {
  const late = createHistogram();
  const busy = createHistogram();
  const worked: Stretch[] = [];
  const collected: Stretch[] = [];
  const take = (entries: readonly { readonly startTime: number; readonly duration: number }[]): void => {
    for (const { startTime, duration } of entries)
      collected.push({ from: startTime, to: startTime + duration, ms: duration });
  };
  const collections = new PerformanceObserver((list) => take(list.getEntries()));
  let before = cpuMs();
  let from = performance.now();
  const look = (): void => {
    const [now, to] = [cpuMs(), performance.now()];
    const ms = now - before;
    if (ms >= WORTH_REMEMBERING_MS) worked.push({ from, to, ms });
    record(late, to - from - RESOLUTION_MS);
    record(busy, ms);
    [before, from] = [now, to];
  };
  const listening = "tracing:net.server.listen:asyncEnd";
  const begin = (): void => {
    unsubscribe(listening, begin);
    [before, from] = [cpuMs(), performance.now()];
    collections.observe({ entryTypes: ["gc"] });
    setInterval(look, RESOLUTION_MS).unref();
  };
  subscribe(listening, begin);
  process.on("SIGUSR2", () => {
    take(collections.takeRecords());
    const lag: LoopLag = {
      p99: late.percentile(99) / 1000,
      max: late.max / 1000,
      busyP99: busy.percentile(99) / 1000,
      busyMax: busy.max / 1000,
      own: without(worked, collected).slice(0, TOLD),
      gcMax: mostOf(collected),
    };
    worked.length = 0;
    collected.length = 0;
    appendFileSync(file, `${JSON.stringify(lag)}\n`);
    late.reset();
    busy.reset();
    // What this took is not the operator's.
    [before, from] = [cpuMs(), performance.now()];
  });
}

/** The processor's time of this thread so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** In microseconds; a histogram counts from 1. */
function record(histogram: RecordableHistogram, ms: number): void {
  for (const wait of waitsOf(ms)) histogram.record(Math.round(wait * 1000) + 1);
}

const { LOOP_LAG_FILE } = process.env;
if (LOOP_LAG_FILE !== undefined) watch(LOOP_LAG_FILE);
