import { cpus } from "node:os";
import { type OwnCluster, startCluster } from "../../cluster/cluster.ts";
import { installManifests } from "../../cluster/install.ts";
import type { OperatorOptions } from "../../cluster/operator.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { inSeconds } from "../scale/figures.ts";
import { bundleBytes, compileCacheBytes, type Figures, inMB, inMs, median, noFigures } from "./figures.ts";
import { CLUSTER_ID, Fleet } from "./fleet.ts";
import type { LoopLag } from "./loop-lag.ts";
import { mostOf, type Stretch } from "./stretches.ts";
import { compileOnce, distFiles, pause, type Start, startWatched, timeStart, type Watched } from "./process.ts";

export interface FootprintOptions {
  /** Resources in the small fleet, and in the large one. */
  readonly few: number;
  readonly many: number;
  /** How often the start is timed. */
  readonly starts: number;
  /** For how many drift intervals it rests. */
  readonly rounds: number;
  /** Of the operator. */
  readonly flags: readonly string[];
  /** Takes a line that says how far it is. */
  readonly tell: (line: string) => void;
}

/** The figures, how they came about, and what did not come to its end. */
export interface FootprintResult extends Figures {
  readonly few: number;
  readonly many: number;
  readonly starts: number;
  readonly rounds: number;
  readonly flags: readonly string[];
  readonly node: string;
  readonly cpus: string;
  /** When, in ISO 8601. */
  readonly date: string;
  readonly problems: readonly string[];
}

/** The drift interval, in seconds: LISTs come more often than in production, so that some are over soon. */
const DRIFT_SECONDS = 120;
/** How long it may take to look at each resource, in milliseconds. */
const LOAD_MS = 15 * 60_000;
/** How far apart the metrics are read meanwhile, in milliseconds; Prometheus does it more seldom. */
const SCRAPE_MS = 5_000;

/** Real processes and sockets on this machine: API server, Azure's stand-in, and the operator as the image runs it. */
export async function measureFootprint(options: FootprintOptions): Promise<FootprintResult> {
  const figures = noFigures();
  const problems: string[] = [];
  figures.bundleBytes = bundleBytes(distFiles());
  const cluster = await startCluster({ progress: options.tell });
  const emulator = await startEmulator({ provisioningSeconds: 0 });
  try {
    await new Measuring(options, figures, cluster, emulator).run();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    await emulator.close();
    await cluster.stop();
  }
  const { few, many, starts, rounds, flags } = options;
  const date = new Date().toISOString().slice(0, 10);
  const processors = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`;
  return { ...figures, few, many, starts, rounds, flags, node: process.version, cpus: processors, date, problems };
}

/** What is seen of one run of the operator. */
interface Run {
  readonly loadMs: number;
  readonly loading: LoopLag;
  readonly resting: LoopLag;
  /** The most in the last round, and the most of all, in bytes. */
  readonly rss: number;
  readonly peak: number;
}

class Measuring {
  readonly #options: FootprintOptions;
  readonly #figures: Figures;
  readonly #cluster: OwnCluster;
  readonly #emulator: Emulator;
  readonly #fleet: Fleet;

  constructor(options: FootprintOptions, figures: Figures, cluster: OwnCluster, emulator: Emulator) {
    this.#options = options;
    this.#figures = figures;
    this.#cluster = cluster;
    this.#emulator = emulator;
    this.#fleet = new Fleet(cluster.adminKubeconfig, emulator.model);
  }

  async run(): Promise<void> {
    const { few, many, starts } = this.#options;
    const figures = this.#figures;
    try {
      await installManifests(this.#cluster);
      await this.#fleet.createNamespaces();
      await compileOnce(this.#operatorOptions());
      figures.compileCacheBytes = compileCacheBytes(distFiles());
      await this.#growTo(few);
      const quick = await this.#timeStarts(starts);
      figures.readySeconds = inSeconds(median(quick.map(({ ms }) => ms)));
      figures.readyCpuSeconds = median(quick.map(({ cpuSeconds }) => cpuSeconds));
      const small = await this.#watch(few);
      figures.rssMB100 = inMB(small.rss);
      figures.peakRssMB100 = inMB(small.peak);
      await this.#growTo(many);
      const large = await this.#watch(many);
      figures.rssMB10000 = inMB(large.rss);
      figures.peakRssMB10000 = inMB(large.peak);
      figures.loadSeconds = inSeconds(large.loadMs);
      figures.loopLagP99Ms = inMs(large.loading.p99);
      figures.loopLagMaxMs = inMs(large.loading.max);
      figures.loopBusyP99Ms = inMs(large.loading.busyP99);
      figures.loopBusyMaxMs = inMs(large.loading.busyMax);
      figures.loopOwnMaxMs = inMs(mostOf(large.loading.own));
      figures.gcMaxMs = inMs(large.loading.gcMax);
      figures.restLagP99Ms = inMs(large.resting.p99);
      figures.restLagMaxMs = inMs(large.resting.max);
      const slow = await this.#timeStarts(Math.ceil(starts / 2));
      figures.readySeconds10000 = inSeconds(median(slow.map(({ ms }) => ms)));
    } finally {
      await this.#fleet.close();
    }
  }

  async #growTo(size: number): Promise<void> {
    this.#options.tell(`making ${size} resources and their pools`);
    await this.#fleet.growTo(size);
  }

  async #timeStarts(starts: number): Promise<readonly Start[]> {
    const timed: Start[] = [];
    for (let number = 0; number < starts; number += 1) {
      const start = await timeStart(this.#operatorOptions());
      this.#options.tell(`ready after ${inSeconds(start.ms)} s, ${start.cpuSeconds} s of a processor`);
      timed.push(start);
    }
    return timed;
  }

  /** The operator starts, looks at each resource, and rests. */
  async #watch(size: number): Promise<Run> {
    this.#options.tell(`starting the operator with ${size} resources`);
    const operator = await startWatched(this.#operatorOptions());
    try {
      const started = performance.now();
      await this.#untilReconciled(operator, size);
      const loadMs = performance.now() - started;
      const loading = await operator.lag();
      this.#options.tell(`its own work at a stretch: ${loading.own.map(toldStretch).join(", ")}`);
      const memory = await this.#rest(operator);
      const resting = await operator.lag();
      const puts = this.#emulator.model.calls.filter(({ method }) => method === "PUT").length;
      if (puts > 0) throw new Error(`the operator made ${puts} PUTs: the fleet was not as it should be`);
      return { loadMs, loading, resting, ...memory };
    } finally {
      await operator.stop();
    }
  }

  async #untilReconciled(operator: Watched, size: number): Promise<void> {
    const deadline = performance.now() + LOAD_MS;
    for (;;) {
      const reconciled = await operator.reconciled();
      this.#options.tell(`${reconciled} of ${size} looked at, ${inMB(operator.memory().now)} MB`);
      if (reconciled >= size) return;
      if (performance.now() > deadline) throw new Error(`only ${reconciled} of ${size} were looked at`);
      await pause(SCRAPE_MS);
    }
  }

  async #rest(operator: Watched): Promise<Pick<Run, "rss" | "peak">> {
    const { rounds, tell } = this.#options;
    let rss = 0;
    for (let second = 0; second < rounds * DRIFT_SECONDS; second += 1) {
      await pause(1_000);
      const { now } = operator.memory();
      if (second % 15 === 0) tell(`at rest: ${inMB(now)} MB`);
      if (second >= (rounds - 1) * DRIFT_SECONDS) rss = Math.max(rss, now);
    }
    return { rss, peak: operator.memory().peak };
  }

  #operatorOptions(): OperatorOptions {
    const args = [`--cluster-id=${CLUSTER_ID}`, `--drift-interval=${DRIFT_SECONDS}s`, ...this.#options.flags];
    return { cluster: this.#cluster, emulator: this.#emulator, args };
  }
}

function toldStretch({ from, ms }: Stretch): string {
  return `${inMs(ms)} ms, ${inSeconds(from)} s after the process began`;
}
