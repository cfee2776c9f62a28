import { readdir, readFile, readlink } from "node:fs/promises";

/** What the operator's process uses, at one time. */
export interface Sample {
  /** Seconds since the soak began. */
  readonly at: number;
  /** Which of its processes: 1, and one more after each restart. */
  readonly life: number;
  readonly rssBytes: number;
  /** Open file descriptors, and the sockets among them. */
  readonly fds: number;
  readonly sockets: number;
  readonly threads: number;
  /** Processor time since the process began, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** As the operator's metrics tell it; left out where they do not. */
  readonly heapBytes?: number;
  readonly externalBytes?: number;
  readonly loopLagP99Seconds?: number;
}

/** Linux' unit of processor time in /proc: USER_HZ is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** prom-client's default metrics. */
const METRICS = {
  heapBytes: "nodejs_heap_size_used_bytes",
  externalBytes: "nodejs_external_memory_bytes",
  loopLagP99Seconds: "nodejs_eventloop_lag_p99_seconds",
} as const;

/**
 * Reads a process's use from /proc.
 *
 * @param metrics its metrics in Prometheus' text format, "" for none
 * @throws Error when there is no such process
 */
export async function gauge(pid: number, at: number, life: number, metrics: string): Promise<Sample> {
  const [status, stat, fds] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
    openFiles(pid),
  ]);
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  // The second field is the program's name in brackets, and may have spaces; utime and stime are the 14th and 15th.
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    at: Math.round(at * 10) / 10,
    life,
    rssBytes: field("VmRSS") * 1024,
    fds: fds.length,
    sockets: fds.filter((target) => target.startsWith("socket:")).length,
    threads: field("Threads"),
    cpuSeconds: (Number(ticks[11]) + Number(ticks[12])) / TICKS_PER_SECOND,
    ...told(metrics),
  };
}

/** What the descriptors of a process are. */
async function openFiles(pid: number): Promise<readonly string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => undefined)));
  // One that is closed meanwhile is not open.
  return targets.filter((target) => target !== undefined);
}

function told(metrics: string): Partial<Sample> {
  return Object.fromEntries(
    Object.entries(METRICS).flatMap(([key, name]) => {
      const value = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1];
      return value === undefined ? [] : [[key, Number(value)]];
    }),
  );
}
