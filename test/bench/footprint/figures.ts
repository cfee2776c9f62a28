import { percentile } from "../scale/meter.ts";

/** What was measured; null: the phase that shows it did not come to its end. MB of 10^6 bytes. */
export interface Figures {
  /** All that the image needs of dist/, without source maps and the compile cache. */
  bundleBytes: number | null;
  /** From the start of the process to 200 from /readyz, with the small fleet: the median. */
  readySeconds: number | null;
  /** Resident memory at rest, the most in the last round of LISTs: with the small fleet, and with the large one. */
  rssMB100: number | null;
  rssMB10000: number | null;
  /**
   * How late the event loop came, from when the process listened until it had looked at each resource of the large fleet. P99: at 99 of 100 moments, what came
   * then waited no longer, so that a block of 40 ms counts for all of its 40 ms, and not as one look of many.
   */
  loopLagP99Ms: number | null;
  loopLagMaxMs: number | null;
  /** The processor's time that the loop's thread took then between two looks; P99 likewise. */
  loopBusyP99Ms: number | null;
  loopBusyMaxMs: number | null;
  /** The most of that outside of garbage collections, and the longest garbage collection. */
  loopOwnMaxMs: number | null;
  gcMaxMs: number | null;
  /** How late it came at rest. */
  restLagP99Ms: number | null;
  restLagMaxMs: number | null;
  /** The most memory from start to end. */
  peakRssMB100: number | null;
  peakRssMB10000: number | null;
  /** The processor's time until it was ready, with the small fleet: the median. */
  readyCpuSeconds: number | null;
  readySeconds10000: number | null;
  /** From ready until it had looked at each resource of the large fleet. */
  loadSeconds: number | null;
  compileCacheBytes: number | null;
}

/** Nothing measured yet; the keys in the order in which they are told. */
export function noFigures(): Figures {
  return {
    bundleBytes: null,
    readySeconds: null,
    rssMB100: null,
    rssMB10000: null,
    loopLagP99Ms: null,
    loopLagMaxMs: null,
    loopBusyP99Ms: null,
    loopBusyMaxMs: null,
    loopOwnMaxMs: null,
    gcMaxMs: null,
    restLagP99Ms: null,
    restLagMaxMs: null,
    peakRssMB100: null,
    peakRssMB10000: null,
    readyCpuSeconds: null,
    readySeconds10000: null,
    loadSeconds: null,
    compileCacheBytes: null,
  };
}

/** A file in dist/. */
export interface DistFile {
  /** Relative to it. */
  readonly name: string;
  readonly bytes: number;
}

/** Where Node keeps what it compiled, in dist/. */
export const COMPILE_CACHE = "compile-cache/";

/** How large the bundle is: what the image needs, source maps and compiled code apart. */
export function bundleBytes(files: readonly DistFile[]): number {
  return sum(files.filter(({ name }) => !name.endsWith(".map") && !name.startsWith(COMPILE_CACHE)));
}

/** How large the compiled code is. */
export function compileCacheBytes(files: readonly DistFile[]): number {
  return sum(files.filter(({ name }) => name.startsWith(COMPILE_CACHE)));
}

function sum(files: readonly DistFile[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}

/** Resident memory of a process, in bytes. */
export interface Memory {
  readonly now: number;
  /** The most since it began. */
  readonly peak: number;
}

/** Reads /proc/PID/status of Linux. @throws Error when it does not say */
export function memoryOf(status: string): Memory {
  const bytes = (name: string): number => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
    if (kilobytes === undefined) throw new Error(`/proc/PID/status says no ${name}`);
    return Number(kilobytes) * 1024;
  };
  return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/** The processor's time of a process, user's and system's, in seconds, from /proc/PID/stat of Linux, which counts in hundredths. */
export function cpuSecondsOf(stat: string): number {
  // The name, in brackets, may have spaces; state is the third field, utime the 14th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many reconciles found their resource as it should be, and look again later: a counter in Prometheus' text format. */
export function restedIn(text: string): number {
  const counts = text.matchAll(/^controller_runtime_reconcile_total\{.*result="requeue_after".*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The middle value; 0 when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5) ?? 0;
}

/** Bytes in MB, as they are told. */
export function inMB(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

/** Milliseconds, as they are told. */
export function inMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
