import { type Figures, rounded } from "./figures.ts";
import type { ScaleWorld } from "./world.ts";

/** How many drift intervals are watched. */
const INTERVALS = 3;
/** How long the deletion of the early pools may take, in milliseconds. */
const REMOVE_MS = 2 * 3_600_000;

/** The early pools go, so that what rests are the pools that were asked for. @throws Unfinished */
export async function removeEarlyPools(world: ScaleWorld, early: readonly string[]): Promise<void> {
  for (const name of early) world.remove(name);
  await world.until("the first pools are gone", REMOVE_MS, () => !early.some((name) => world.has(name)));
}

/** A drift interval to come to rest, then the calls of three. @throws Unfinished */
export async function rest(world: ScaleWorld, pools: number, figures: Figures): Promise<void> {
  const { driftIntervalMs } = world.config;
  await world.pass("it has come to rest", driftIntervalMs);
  const before = world.meter.counts;
  await world.pass(`${INTERVALS} drift intervals are over`, INTERVALS * driftIntervalMs);
  const after = world.meter.counts;
  figures.callsPerMinuteAtRest = rounded(((after.azure - before.azure) * 60_000) / (INTERVALS * driftIntervalMs));
  figures.getsPerMinutePeer = rounded((pools * 60_000) / driftIntervalMs);
  figures.writesAtRest = after.writes - before.writes;
}
