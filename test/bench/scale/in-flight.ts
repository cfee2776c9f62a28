import { DOCUMENTED_LIMITS } from "../../emulator/token-buckets.ts";
import { type Figures, inSeconds, rounded } from "./figures.ts";
import { percentile } from "./meter.ts";
import { createPools, type Fleet, putLimitMs, readyLimitMs } from "./new-pools.ts";
import { ScaleWorld, Unfinished, type WorldOptions } from "./world.ts";

/** A world of its own in which pools are made, for a fleet that is too large to be measured in flight. @throws Unfinished */
export async function flyAlone(options: WorldOptions, count: number, figures: Figures): Promise<number> {
  const world = new ScaleWorld(options);
  try {
    const fleet = createPools(world, count);
    world.start();
    const state = (): string => `${fleet.takenAt.size} of ${count}`;
    await world.until("all PUTs are taken", putLimitMs(count), () => fleet.takenAt.size === count, state);
    await land(world, fleet, figures);
    return world.meter.throttled;
  } finally {
    world.end();
  }
}

/** All PUTs are taken: waits until the pools are Ready, and measures how long after Azure's end that was. @throws Unfinished */
export async function land(world: ScaleWorld, { names, takenAt }: Fleet, figures: Figures): Promise<void> {
  await untilReady(world, names);
  const lags: number[] = [];
  let [firstEnd, lastReady] = [Infinity, 0];
  for (const name of names) {
    const [ended, ready] = [world.endOfWork(name) ?? Infinity, world.readyAt.get(name) ?? 0];
    if (ready < ended) throw new Unfinished(`${name} was called Ready while Azure worked on it`);
    lags.push(ready - ended);
    firstEnd = Math.min(firstEnd, ended);
    lastReady = Math.max(lastReady, ready);
  }
  const share = (from: number): number =>
    rounded(world.meter.readsBetween(from, lastReady) / (((lastReady - from) / 1000) * DOCUMENTED_LIMITS.reads.refill));
  figures.poolsInFlight = names.length;
  figures.readyLagP50 = inSeconds(percentile(lags, 0.5) ?? 0);
  figures.readyLagP99 = inSeconds(percentile(lags, 0.99) ?? 0);
  figures.readShareInFlight = share([...takenAt.values()].at(-1) ?? 0);
  figures.readShareWhileEnding = share(firstEnd);
}

/** @throws Unfinished */
export async function untilReady(world: ScaleWorld, names: readonly string[]): Promise<void> {
  const isReady = (): boolean => world.readyAt.size >= names.length && names.every((name) => world.readyAt.has(name));
  const state = (): string => `${world.readyAt.size} Ready`;
  await world.until("all pools are Ready", readyLimitMs(names.length), isReady, state);
}
