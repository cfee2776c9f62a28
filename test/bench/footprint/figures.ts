import { percentile } from "../scale/meter.ts";

/** What was measured; null: the phase that shows it did not come to its end. */
export interface Figures {
  /** All that the image needs of dist/, without source maps and the compile cache. */
  bundleBytes: number | null;
  compileCacheBytes: number | null;
  /** From the start of the process to 200 from /readyz, with 100 resources: the median. */
  readySeconds: number | null;
  /** Resident memory at rest: the most in the last round of LISTs; and the most of the whole run. In MB of 10^6 bytes. */
  rssMB100: number | null;
  peakRssMB100: number | null;
  rssMB10000: number | null;
  peakRssMB10000: number | null;
  /** Ready after a start, with all resources. */
  readySeconds10000: number | null;
  /** From ready until every status was written. */
  loadSeconds: number | null;
  /** How late the event loop came from when the process listened until all was Ready, in milliseconds. */
  loopLagP99Ms: number | null;
  loopLagMaxMs: number | null;
  /** The same of a later start, where no status is to be written. */
  restartLoopLagP99Ms: number | null;
  restartLoopLagMaxMs: number | null;
  /** The longest block before the process listened: its modules are loaded. */
  startBlockMs: number | null;
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
    restartLoopLagP99Ms: null,
    restartLoopLagMaxMs: null,
    startBlockMs: null,
    peakRssMB100: null,
    peakRssMB10000: null,
    readySeconds10000: null,
    loadSeconds: null,
    compileCacheBytes: null,
  };
}

/** A file in dist/. @property name relative to it */
export interface DistFile {
  readonly name: string;
  readonly bytes: number;
}

/** Where Node keeps compiled code, in dist/. */
const COMPILE_CACHE = "compile-cache/";

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

/** The middle value. */
export function median(values: readonly number[]): number | null {
  return percentile(values, 0.5) ?? null;
}

/** Bytes in MB, as they are told. */
export function inMB(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

/** Milliseconds, as they are told. */
export function inMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
