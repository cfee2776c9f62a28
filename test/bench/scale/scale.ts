import { type Figures, noFigures, rounded } from "./figures.ts";
import { flyAlone, land, untilReady } from "./in-flight.ts";
import { createPools, settleEarlyPools, takePuts } from "./new-pools.ts";
import { removeEarlyPools, rest } from "./rest.ts";
import { storm } from "./storm.ts";
import { ScaleWorld, Unfinished, type WorldOptions } from "./world.ts";

export interface ScaleOptions extends Omit<WorldOptions, "title"> {
  readonly pools: number;
  /** Pools in the storm. */
  readonly stormPools: number;
}

/** The figures, how they came about, and what did not come to its end. */
export interface ScaleResult extends Figures {
  readonly pools: number;
  readonly clock: "virtual";
  readonly seed: number;
  readonly pageSize: number;
  readonly stormPools: number;
  readonly flags: readonly string[];
  /** How long it took, by the machine's clock. */
  readonly wallSeconds: number;
  readonly problems: readonly string[];
}

/** So many pools are measured in flight at most. */
const MOST_IN_FLIGHT = 1_000;

/** Makes all worlds, one after the other. */
export async function measureScale(options: ScaleOptions): Promise<ScaleResult> {
  const { pools, seed, pageSize, stormPools, flags } = options;
  const started = performance.now();
  const figures = noFigures();
  const problems: string[] = [];
  let throttled = 0;
  const attempt = async (title: string, phase: (of: WorldOptions) => Promise<number>): Promise<void> => {
    try {
      throttled += await phase({ ...options, title });
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      problems.push(`${title}: ${error.message}`);
    }
  };
  await attempt("pools from their making to rest", (of) => live(of, pools, figures));
  if (pools > MOST_IN_FLIGHT) await attempt("pools in flight", (of) => flyAlone(of, MOST_IN_FLIGHT, figures));
  if (problems.length === 0) figures.throttled = throttled;
  await attempt("storm", async (of) => {
    const own = await storm(of, stormPools, figures);
    if (figures.throttled !== null) figures.throttled += own;
    return own;
  });
  return {
    pools,
    ...figures,
    clock: "virtual",
    seed,
    pageSize,
    stormPools,
    flags,
    wallSeconds: rounded((performance.now() - started) / 1000),
    problems,
  };
}

/** One world: pools are made, become Ready, and rest. @returns the 429s in it @throws Unfinished */
async function live(options: WorldOptions, pools: number, figures: Figures): Promise<number> {
  const world = new ScaleWorld(options);
  try {
    const early = await settleEarlyPools(world);
    const fleet = createPools(world, pools);
    await takePuts(world, fleet, early, figures);
    if (pools <= MOST_IN_FLIGHT) await land(world, fleet, figures);
    await untilReady(world, [...fleet.names, ...early]);
    figures.putsTaken = fleet.puts();
    await removeEarlyPools(world, early);
    await rest(world, pools, figures);
    return world.meter.throttled;
  } finally {
    world.end();
  }
}
