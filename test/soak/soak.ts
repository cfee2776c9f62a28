import { appendFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { numbers } from "../time/numbers.ts";
import { gauge, type Sample } from "./gauge.ts";
import type { Keeper } from "./keeper.ts";
import type { Balance } from "./ledger.ts";
import { Life } from "./life.ts";
import { createAll, faultsOf, some, untilAllReady } from "./members.ts";
import { memberOf } from "./pools.ts";
import { Probes } from "./probes.ts";
import { openStage, type Stage } from "./stage.ts";
import { troublePeriodMs, Troubles } from "./troubles.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly resources: number;
  readonly seed: number;
  /** Of the operator, and what they say of the time between two LISTs of Azure. */
  readonly flags: readonly string[];
  readonly driftIntervalMs: number;
  /** Gets each sample as a line of JSON; on failure the operator's log is put beside it. */
  readonly samplesFile: string;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

export interface SoakResult extends Verdict {
  readonly minutes: number;
  readonly resources: number;
  readonly seed: number;
  /** From the first resource to all Ready, in seconds. */
  readonly readySeconds: number;
  /** How often people did what, and how often there was which trouble. */
  readonly done: Readonly<Record<string, number>>;
  readonly puts: Balance;
  readonly leaseLosses: number;
  readonly crashes: number;
  readonly probes: number;
  /** Of the probes, those that were answered after more than a second. */
  readonly slowProbes: number;
  readonly samplesFile: string;
}

/** People do something so often, kubelet and Prometheus ask so often, in milliseconds. */
const STEP_MS = 2_500;
const PROBE_MS = 3_000;
/** How far apart samples are: at most, and so that there are so many, in milliseconds. */
const SAMPLE_MS = 15_000;
const SAMPLES = 60;
const REPORT_MS = 60_000;
/** How long all may take to become Ready at first, for each resource (Azure takes 10 PUTs a second), and at the end, in milliseconds. */
const READY_MS = { least: 120_000, each: 500 };
const SETTLE_MS = 5 * 60_000;

/** Runs the soak. @throws Error when it cannot be begun, or was interrupted */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { signal, tell, flags } = options;
  await writeFile(options.samplesFile, "");
  const stage = await openStage({ flags, signal, tell });
  let isWell = false;
  try {
    const result = await run(options, stage);
    isWell = result.ok;
    return result;
  } finally {
    if (!isWell) await writeFile(`${options.samplesFile}.log`, textOf(stage.keeper.logs()));
    await stage.stop();
  }
}

function textOf(log: readonly object[]): string {
  return log.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function run(options: SoakOptions, stage: Stage): Promise<SoakResult> {
  const { minutes, resources, seed, tell, signal, samplesFile } = options;
  const { keeper, ledger } = stage;
  const members = Array.from({ length: resources }, (_, index) => memberOf("pool", index));
  const began = Date.now();
  await createAll(stage, members);
  tell(`${resources} SessionPools are there; waiting until all are Ready`);
  const patience = READY_MS.least + READY_MS.each * resources;
  const notReady = await untilAllReady(stage, () => members, patience, options);
  if (notReady.length > 0) throw new Error(`not Ready within ${patience / 1000} s: ${some(notReady)}`);
  const readySeconds = seconds(began);
  tell(`all are Ready after ${readySeconds} s; now ${minutes} minutes of life and trouble`);

  const life = new Life({ ...stage, random: numbers(seed), members });
  const troubles = new Troubles({ ...stage, model: stage.emulator.model, life, pause: (ms) => setTimeout(ms) });
  const probes = new Probes(keeper);
  const samples: Sample[] = [];
  const from = Date.now();
  const measure = async (): Promise<void> => {
    const { running, life: which } = keeper;
    if (!running) return;
    const sample = await gauge(running.pid, (Date.now() - from) / 1000, which, probes.metrics).catch(() => undefined);
    if (!sample) return;
    samples.push(sample);
    await appendFile(samplesFile, `${JSON.stringify(sample)}\n`);
  };
  const total = minutes * 60_000;
  const each = (periodMs: number, what: () => Promise<unknown>): Promise<void> =>
    repeat(periodMs, what, () => keeper.failure !== undefined || Date.now() >= from + total, signal);
  let isAtEnd = false;
  const probing = repeat(
    PROBE_MS,
    () => probes.ask(),
    () => isAtEnd,
    signal,
  );
  // Its end is awaited after the others'.
  probing.catch(() => undefined);
  await Promise.all([
    each(STEP_MS, () => life.step()),
    each(troublePeriodMs(minutes), async () => tell(`over: ${await troubles.next()}`)),
    each(Math.min(SAMPLE_MS, total / SAMPLES), measure),
    each(REPORT_MS, async () => tell(progressOf(samples, ledger.balance(), keeper))),
  ]);
  tell("waiting until all are Ready at last, and then that nothing is written any more");
  const unready = await untilAllReady(stage, () => life.members, SETTLE_MS, options);
  await setTimeout(2 * options.driftIntervalMs, undefined, { signal });
  isAtEnd = true;
  await probing;
  const puts = ledger.balance();
  const faults = [
    ...faultsOf(stage, life.members, unready, puts),
    ...troubles.faults(minutes),
    ...new Set(probes.failures),
    ...keeper.crashes.map((crash) => `the operator crashed: ${crash}`),
    ...(keeper.failure === undefined ? [] : [`the operator could not be started anew: ${keeper.failure.message}`]),
  ];
  const code = await keeper.stop();
  if (code !== undefined && code !== 0) faults.push(`the operator ended with ${code} when it was told to stop`);
  const verdict = verdictOf(samples, minutes, faults);
  return {
    ...verdict,
    minutes,
    resources,
    seed,
    readySeconds,
    done: { ...life.done, ...troubles.done },
    puts,
    leaseLosses: keeper.leaseLosses,
    crashes: keeper.crashes.length,
    probes: probes.count,
    slowProbes: probes.slow,
    samplesFile,
  };
}

/** Does something again and again until all is over, the next after the one before has ended; the first after a period. */
async function repeat(
  periodMs: number,
  what: () => Promise<unknown>,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let next = Date.now() + periodMs; ; next = Math.max(next + periodMs, Date.now())) {
    await setTimeout(Math.max(0, next - Date.now()), undefined, { signal });
    if (isOver()) return;
    await what();
  }
}

function progressOf(samples: readonly Sample[], { reasons, puts, needless }: Balance, keeper: Keeper): string {
  const { at = 0, rssBytes = 0, heapBytes, fds, threads } = samples.at(-1) ?? {};
  const heap = heapBytes === undefined ? "" : `heap ${mebibytes(heapBytes)}, `;
  return `${Math.round(at / 60)} min: RSS ${mebibytes(rssBytes)}, ${heap}${fds} descriptors, ${threads} threads, ${cpuOf(samples).toFixed(1)} s of CPU a minute; ${puts} PUTs for ${reasons} reasons, ${needless.length} needless; ${keeper.leaseLosses} leases lost`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Processor time that the last process used a minute, since its first sample, in seconds. */
function cpuOf(samples: readonly Sample[]): number {
  const last = samples.at(-1);
  const first = samples.find(({ life }) => life === last?.life);
  if (!first || !last || first === last) return 0;
  return Math.round(((last.cpuSeconds - first.cpuSeconds) / (last.at - first.at)) * 600) / 10;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}
