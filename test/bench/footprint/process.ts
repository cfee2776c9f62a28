import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import {
  type OperatorOptions,
  operatorProgram,
  type RunningOperator,
  startOperator,
  startProgram,
} from "../../cluster/operator.ts";
import { COMPILE_CACHE, cpuSecondsOf, type DistFile, type Memory, memoryOf, restedIn } from "./figures.ts";
import type { LoopLag } from "./loop-lag.ts";

const DIST = join(import.meta.dirname, "../../../dist");
/** How long a start may take, in milliseconds. */
const START_MS = 120_000;

/** The files of the bundle. @throws Error when it was not built */
export function distFiles(): readonly DistFile[] {
  if (!existsSync(join(DIST, "operator.js"))) throw new Error("there is no dist/operator.js: npm run build");
  return readdirSync(DIST, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, stats: statSync(join(DIST, name)) }))
    .filter(({ stats }) => stats.isFile())
    .map(({ name, stats }) => ({ name, bytes: stats.size }));
}

/** Makes the compile cache as the image's build does. */
export async function compileOnce(options: OperatorOptions): Promise<void> {
  rmSync(join(DIST, COMPILE_CACHE), { recursive: true, force: true });
  const { args, env } = await operatorProgram(options);
  await promisify(execFile)(process.execPath, [...args, "--help"], { env: { ...env, PATH: process.env.PATH } });
}

/** How a start went. */
export interface Start {
  /** From the start of the process to 200 from /readyz, in milliseconds. */
  readonly ms: number;
  /** The processor's time that it took, of all threads, in seconds. */
  readonly cpuSeconds: number;
}

/** Starts the operator, waits until it is ready, and stops it again. */
export async function timeStart(options: OperatorOptions): Promise<Start> {
  const { args, env } = await operatorProgram(options);
  const ready = Promise.withResolvers<number>();
  const started = performance.now();
  const onLine = (line: string): void => {
    const { msg, healthPort } = JSON.parse(line) as { msg?: string; healthPort?: number };
    if (msg === "ready") ready.resolve(healthPort ?? 0);
  };
  const child = startProgram({ args, env }, { onLine });
  try {
    const ended = child.ended.then((code) => Promise.reject(new Error(`it ended with ${code}:\n${child.tail()}`)));
    const port = await Promise.race([ready.promise, ended, timeout(START_MS)]);
    while ((await get(`http://127.0.0.1:${port}/readyz`)) === undefined) await pause(1);
    const ms = performance.now() - started;
    return { ms, cpuSeconds: cpuSecondsOf(readFileSync(`/proc/${child.pid}/stat`, "utf8")) };
  } finally {
    await child.stop("SIGTERM", START_MS);
  }
}

/** The operator, and how its event loop does. */
export interface Watched extends RunningOperator {
  /** Since the last call, or since it listened. */
  lag(): Promise<LoopLag>;
  memory(): Memory;
  /** How many resources it has looked at, by its metrics. */
  reconciled(): Promise<number>;
}

export async function startWatched(options: OperatorOptions): Promise<Watched> {
  const { dir } = options.cluster;
  const preload = join(dir, "loop-lag.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "loop-lag.ts")],
    outfile: preload,
    bundle: true,
    platform: "node",
    format: "esm",
  });
  const file = join(dir, `loop-lag-${Date.now()}`);
  const operator = await startOperator({
    ...options,
    env: { ...options.env, NODE_OPTIONS: `--import=${preload}`, LOOP_LAG_FILE: file },
  });
  const lines = (): readonly string[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line.endsWith("}"))
      : [];
  return {
    ...operator,
    lag: async () => {
      const before = lines().length;
      process.kill(operator.pid, "SIGUSR2");
      while (lines().length === before) await pause(50);
      return JSON.parse(lines().at(-1) ?? "") as LoopLag;
    },
    memory: () => memoryOf(readFileSync(`/proc/${operator.pid}/status`, "utf8")),
    reconciled: async () => restedIn((await get(operator.metrics)) ?? ""),
  };
}

/** Lets real time pass. @param ms milliseconds */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function timeout(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error(`not ready within ${ms / 1000} s`)), ms).unref();
  return await promise;
}

/** What a page says; undefined unless it answers 200. */
async function get(url: string): Promise<string | undefined> {
  const response = await fetch(url);
  const text = await response.text();
  return response.status === 200 ? text : undefined;
}
