import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { type OperatorOptions, operatorProgram, type RunningOperator, startOperator } from "../../cluster/operator.ts";
import { startChild } from "../../cluster/processes.ts";
import { type DistFile, memoryOf, type Memory } from "./figures.ts";
import type { LoopLag } from "./loop-lag.ts";

const DIST = join(import.meta.dirname, "../../../dist");
/** How long a start may take, in milliseconds. */
const START_MS = 60_000;

/** The files of the bundle. @throws Error when it was not built */
export function distFiles(): readonly DistFile[] {
  if (!existsSync(join(DIST, "operator.js"))) throw new Error("there is no dist/operator.js: npm run build");
  return readdirSync(DIST, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, stats: statSync(join(DIST, name)) }))
    .filter(({ stats }) => stats.isFile())
    .map(({ name, stats }) => ({ name, bytes: stats.size }));
}

/** Starts the operator, waits for 200 from /readyz, and stops it again. @returns how long that took, in milliseconds */
export async function timeStart(options: OperatorOptions): Promise<number> {
  const { args, env } = await operatorProgram(options);
  const ready = Promise.withResolvers<number>();
  const started = performance.now();
  const child = startChild({
    name: "operator",
    command: process.execPath,
    args,
    env,
    bareEnv: true,
    onLine: (line) => {
      const { msg, healthPort } = JSON.parse(line) as { msg?: string; healthPort?: number };
      if (msg === "ready") ready.resolve(healthPort ?? 0);
    },
  });
  try {
    const ended = child.ended.then((code) => Promise.reject(new Error(`it ended with ${code}:\n${child.tail()}`)));
    const port = await Promise.race([ready.promise, ended, timeout(START_MS)]);
    while (!(await isReady(port)));
    return performance.now() - started;
  } finally {
    await child.stop("SIGTERM", START_MS);
  }
}

/** The operator, and how its event loop does. */
export interface Watched extends RunningOperator {
  /** Since the last call, or since it listened; at the first call, the second is how its start was. */
  lag(): Promise<{ readonly lag: LoopLag; readonly start: LoopLag }>;
  memory(): Memory;
}

export async function startWatched(options: OperatorOptions): Promise<Watched> {
  const { dir } = options.cluster;
  const preload = join(dir, "loop-lag.mjs");
  await build({ entryPoints: [join(import.meta.dirname, "loop-lag.ts")], outfile: preload, format: "esm" });
  const file = join(dir, `loop-lag-${Date.now()}`);
  const operator = await startOperator({
    ...options,
    env: { ...options.env, NODE_OPTIONS: `--import=${preload}`, LOOP_LAG_FILE: file },
  });
  const lines = (): readonly LoopLag[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line.endsWith("}"))
          .map((line) => JSON.parse(line) as LoopLag)
      : [];
  return {
    ...operator,
    lag: async () => {
      const before = lines().length;
      process.kill(operator.pid, "SIGUSR2");
      while (lines().length === before) await pause(50);
      const [start, lag] = [lines()[0], lines().at(-1)];
      if (!start || !lag) throw new Error("the operator did not say how its loop did");
      return { lag, start };
    },
    memory: () => memoryOf(readFileSync(`/proc/${operator.pid}/status`, "utf8")),
  };
}

/** Lets real time pass. @param ms milliseconds */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function timeout(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error(`not within ${ms / 1000} s`)), ms).unref();
  return await promise;
}

async function isReady(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    get(`http://127.0.0.1:${port}/readyz`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once("error", () => resolve(false));
  });
}
