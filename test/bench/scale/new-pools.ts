import { DOCUMENTED_LIMITS } from "../../emulator/token-buckets.ts";
import { custom } from "../../simulation/specs.ts";
import { type Figures, inSeconds } from "./figures.ts";
import type { Put } from "./meter.ts";
import type { ScaleWorld } from "./world.ts";

/** New pools, while Azure takes their PUTs and works on them. */
export interface Fleet {
  readonly names: readonly string[];
  /** When Azure took the first PUT of each, in milliseconds since the epoch. */
  readonly takenAt: ReadonlyMap<string, number>;
  /** PUTs that Azure took for them. */
  readonly puts: () => number;
}

/** An edit, and what became of it; times in milliseconds since the epoch. */
interface Edit {
  readonly name: string;
  /** Its value of `maxConcurrentSessions`. */
  readonly value: number;
  at?: number;
  sentAt?: number;
  takenAt?: number;
}

/** At which parts of the PUTs a user edits one of the pools that were there before. */
const EDITS_AT = [0.25, 0.5, 0.75];
const EDITED_VALUE = 77;
const HOUR_MS = 3_600_000;
/** How long the first pools may take from the operator's start to Ready, in milliseconds. */
const EARLY_MS = 2 * HOUR_MS;

/** What the bucket of writes allows at best, from the first call to the last, in seconds. */
function putFloor(pools: number): number {
  const { capacity, refill } = DOCUMENTED_LIMITS.writes;
  return Math.max(0, (pools - capacity) / refill);
}

/** How long all PUTs may take, in milliseconds: a generous limit, by which a phase counts as not ended. */
export function putLimitMs(pools: number): number {
  return 2 * HOUR_MS + 10_000 * putFloor(pools);
}

/** How long until all are Ready, in milliseconds: enough for polls of each pool, one by one, within the bucket of reads. */
export function readyLimitMs(pools: number): number {
  return 2 * HOUR_MS + 1_000 * pools;
}

/** Makes a few pools and waits until they are Ready; then the operator stops. @throws Unfinished */
export async function settleEarlyPools(world: ScaleWorld): Promise<readonly string[]> {
  const names = EDITS_AT.map((_, index) => `early-${index}`);
  for (const name of names) world.create(name, custom());
  world.start();
  await world.until("the first pools are Ready", EARLY_MS, () => names.every((name) => world.readyAt.has(name)));
  await world.stop();
  return names;
}

/** Creates the resources of new pools. @param prefix of their names */
export function createPools(world: ScaleWorld, count: number, prefix = "pool"): Fleet {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, "0")}`);
  for (const name of names) world.create(name, custom());
  const all = new Set(names);
  const takenAt = new Map<string, number>();
  let puts = 0;
  follow(world, ({ pool }, how) => {
    if (how !== "taken" || !all.has(pool)) return;
    puts += 1;
    if (!takenAt.has(pool)) takenAt.set(pool, world.clock.now());
  });
  return { names, takenAt, puts: () => puts };
}

/** The operator starts, and Azure is empty but for the early pools, which a user edits meanwhile. @throws Unfinished */
export async function takePuts(
  world: ScaleWorld,
  fleet: Fleet,
  early: readonly string[],
  figures: Figures,
): Promise<void> {
  const { names, takenAt } = fleet;
  const edits = early.map((name): Edit => ({ name, value: EDITED_VALUE }));
  follow(world, ({ pool, properties }, how) => {
    const edit = edits.find(({ name }) => name === pool);
    if (!edit || valueIn(properties) !== edit.value) return;
    if (how === "sent") edit.sentAt ??= world.clock.now();
    else edit.takenAt ??= world.clock.now();
  });
  const makeEdits = (): void => {
    for (const [index, edit] of edits.entries()) {
      if (edit.at !== undefined || takenAt.size < Math.ceil((EDITS_AT[index] ?? 0) * names.length)) continue;
      edit.at = world.clock.now();
      world.edit(edit.name, { spec: { scaleConfiguration: { maxConcurrentSessions: edit.value } } });
    }
  };
  const isDone = (): boolean => {
    makeEdits();
    return takenAt.size === names.length && edits.every((edit) => edit.takenAt !== undefined);
  };
  const state = (): string => `${takenAt.size} of ${names.length}`;
  world.start();
  await world.until("all PUTs are taken", putLimitMs(names.length), isDone, state);
  const times = [...takenAt.values()];
  figures.putFloorSeconds = putFloor(names.length);
  figures.putSeconds = inSeconds((times.at(-1) ?? 0) - (times[0] ?? 0));
  const slowest = (of: (edit: Edit) => number | undefined): number =>
    Math.max(...edits.map((edit) => (of(edit) ?? Infinity) - (edit.at ?? 0)));
  figures.editSentSeconds = inSeconds(slowest(({ sentAt }) => sentAt));
  figures.editDelaySeconds = inSeconds(slowest(({ takenAt: at }) => at));
}

/** Tells somebody else of PUTs, too. */
function follow(world: ScaleWorld, tell: (put: Put, how: "sent" | "taken") => void): void {
  const others = world.meter.onPut;
  world.meter.onPut = (put, how) => {
    others(put, how);
    tell(put, how);
  };
}

function valueIn(properties: Put["properties"]): unknown {
  const scale = properties.scaleConfiguration as { readonly maxConcurrentSessions?: unknown } | undefined;
  return scale?.maxConcurrentSessions;
}
