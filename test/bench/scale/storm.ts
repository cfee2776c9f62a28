import type { Figures } from "./figures.ts";
import { peakPerSecond } from "./meter.ts";
import { createPools, putLimitMs } from "./new-pools.ts";
import { ScaleWorld, type WorldOptions } from "./world.ts";

/** How long Azure refuses everything, in milliseconds: longer than what it asks for, so that a caller who comes back in time is refused again. */
const STORM_MS = 45_000;
const RETRY_AFTER = "30";
/** How long after the first write that Azure takes again a spike would show, in milliseconds. */
const RECOVERY_MS = 30_000;

/**
 * Pools are made, and when half of the PUTs are taken, Azure answers every call with 429 for a while; half as many resources again are created
 * then, so that there are writes to be made whatever was on its way.
 *
 * @returns the 429s that were not the storm's
 * @throws Unfinished
 */
export async function storm(options: WorldOptions, count: number, figures: Figures): Promise<number> {
  const world = new ScaleWorld(options);
  const { meter, azure } = world;
  try {
    const { takenAt } = createPools(world, count);
    const state = (): string => `${takenAt.size} of ${count}`;
    const limitMs = putLimitMs(count);
    world.start();
    await world.until("half of the PUTs are taken", limitMs, () => takenAt.size >= count / 2, state);
    for (const method of ["GET", "PUT", "PATCH", "DELETE"])
      azure.faults.add({
        method,
        pathPattern: "^/subscriptions/",
        status: 429,
        headers: { "retry-after": RETRY_AFTER, "x-ms-failure-cause": "gateway" },
        body: { error: { code: "SubscriptionRequestsThrottled", message: "Please try again after '30' seconds." } },
        times: Infinity,
      });
    meter.isStorm = true;
    createPools(world, Math.ceil(count / 2), "more");
    await world.pass("the storm is over", STORM_MS);
    azure.faults.clear();
    meter.isStorm = false;
    const taken = meter.acceptedAt.length;
    await world.until("Azure takes writes again", limitMs, () => meter.acceptedAt.length > taken, state);
    await world.pass("a spike would have shown", RECOVERY_MS);
    figures.callsBeforeRetryAfter = meter.early;
    figures.stormRefusals = meter.stormed;
    figures.peakAfterStorm = peakPerSecond(meter.acceptedAt.slice(taken));
    return meter.throttled;
  } finally {
    world.end();
  }
}
