import { cpus } from "node:os";
import { join } from "node:path";
import { type Cluster, type OwnCluster, startCluster } from "../../cluster/cluster.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { inSeconds } from "../scale/figures.ts";
import { bundleBytes, compileCacheBytes, type Figures, inMB, inMs, median, noFigures } from "./figures.ts";
import { CLUSTER_ID, Fleet } from "./fleet.ts";
import { distFiles, pause, startWatched, timeStart, type Watched } from "./process.ts";

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

export interface FootprintResult extends Figures {
  readonly few: number;
  readonly many: number;
  readonly starts: number;
  readonly rounds: number;
  readonly flags: readonly string[];
  readonly node: string;
  readonly cpus: string;
  readonly date: string;
  readonly problems: readonly string[];
}

/** The drift interval, in seconds: LISTs are more often than in production, so that some are over soon. */
const DRIFT_SECONDS = 60;
/** How long all may take to become Ready, in milliseconds. */
const READY_MS = 15 * 60_000;
const MANIFESTS = join(import.meta.dirname, "../../../deploy");

/** Real processes and sockets on this machine: API server, Azure's stand-in, and the operator as the image runs it. */
export async function measureFootprint(options: FootprintOptions): Promise<FootprintResult> {
  const figures = noFigures();
  const problems: string[] = [];
  const files = distFiles();
  figures.bundleBytes = bundleBytes(files);
  const cluster = await startCluster({ progress: options.tell });
  const emulator = await startEmulator({ provisioningSeconds: 0 });
  try {
    await new Measuring(options, figures, cluster, emulator).run();
    figures.compileCacheBytes = compileCacheBytes(distFiles());
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    await emulator.close();
    await cluster.stop();
  }
  const { few, many, starts, rounds, flags } = options;
  const [cpu] = cpus();
  return {
    ...figures,
    few,
    many,
    starts,
    rounds,
    flags,
    node: process.version,
    cpus: `${cpus().length} × ${cpu?.model.trim() ?? "unknown"}`,
    date: new Date().toISOString().slice(0, 10),
    problems,
  };
}

/** One run on one machine. */
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
      await prepare(this.#cluster);
      await this.#fleet.createNamespaces();
      const small = await this.#load(few);
      figures.rssMB100 = inMB(small.rss);
      figures.peakRssMB100 = inMB(small.peak);
      // The first one finds a compile cache, as in the image.
      figures.readySeconds = await this.#timeStarts(starts);
      const first = await this.#load(many);
      const again = await this.#restart(many);
      Object.assign(figures, {
        rssMB10000: inMB(Math.max(first.rss, again.rss)),
        peakRssMB10000: inMB(Math.max(first.peak, again.peak)),
        loadSeconds: inSeconds(first.loadMs),
        loopLagP99Ms: inMs(first.lag.p99),
        loopLagMaxMs: inMs(first.lag.max),
        restartLoopLagP99Ms: inMs(again.lag.p99),
        restartLoopLagMaxMs: inMs(again.lag.max),
        startBlockMs: inMs(again.start.max),
      });
      figures.readySeconds10000 = await this.#timeStarts(Math.ceil(starts / 2));
    } finally {
      await this.#fleet.close();
    }
  }

  /** The fleet grows; the operator starts, writes every status that is new, and rests. */
  async #load(size: number) {
    this.#tell(`making ${size} resources and their pools`);
    await this.#fleet.growTo(size);
    this.#tell(`starting the operator with ${size} resources`);
    const operator = await this.#start();
    const started = performance.now();
    try {
      await this.#untilReady(operator, size);
      const loadMs = performance.now() - started;
      const { lag, start } = await operator.lag();
      return { loadMs, lag, start, ...(await this.#rest(operator)) };
    } finally {
      await operator.stop();
    }
  }

  /** The operator starts where all is as it should be. */
  async #restart(size: number) {
    this.#tell(`starting the operator again with ${size} resources`);
    const operator = await this.#start();
    try {
      const memory = await this.#rest(operator);
      return { ...(await operator.lag()), ...memory };
    } finally {
      await operator.stop();
    }
  }

  async #timeStarts(starts: number): Promise<number> {
    const times: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      const ms = await timeStart(this.#operatorOptions());
      this.#tell(`ready after ${inSeconds(ms)} s`);
      times.push(ms);
    }
    return inSeconds(median(times) ?? 0);
  }

  /** @returns the most memory in the last round, and the most of all, in bytes */
  async #rest(operator: Watched): Promise<{ readonly rss: number; readonly peak: number }> {
    const { rounds } = this.#options;
    let rss = 0;
    for (let second = 0; second < rounds * DRIFT_SECONDS; second += 1) {
      await pause(1_000);
      const { now } = operator.memory();
      if (second % 15 === 0) this.#tell(`at rest: ${inMB(now)} MB`);
      if (second >= (rounds - 1) * DRIFT_SECONDS) rss = Math.max(rss, now);
    }
    const puts = this.#emulator.model.calls.filter(({ method, path }) => method === "PUT" && path !== "").length;
    if (puts > 0) throw new Error(`the operator made ${puts} PUTs: the fleet was not as it should be`);
    return { rss, peak: operator.memory().peak };
  }

  async #untilReady(operator: Watched, size: number): Promise<void> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      const ready = await this.#fleet.ready();
      this.#tell(`${ready} of ${size} Ready, ${inMB(operator.memory().now)} MB`);
      if (ready === size) return;
      if (Date.now() > deadline) throw new Error(`only ${ready} of ${size} became Ready`);
      await pause(Math.min(5_000, size));
    }
  }

  async #start(): Promise<Watched> {
    return await startWatched(this.#operatorOptions());
  }

  #operatorOptions() {
    return {
      cluster: this.#cluster,
      emulator: this.#emulator,
      args: [`--cluster-id=${CLUSTER_ID}`, `--drift-interval=${DRIFT_SECONDS}s`, ...this.#options.flags],
    };
  }

  #tell(line: string): void {
    this.#options.tell(line);
  }
}

/** What the operator needs in a cluster. */
async function prepare(cluster: Cluster): Promise<void> {
  await cluster.kubectl(["apply", "-k", MANIFESTS]);
  await cluster.kubectl([
    "wait",
    "--for=condition=Established",
    "crd/sessionpools.appcontainers.dev",
    "--timeout=30s",
  ]);
}
