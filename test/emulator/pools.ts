import type { Address } from "./routes.ts";
import { poolId, type StoredPool } from "./view.ts";

/** All pools, in the order of their creation; those of a scope are found without looking at the others. */
export class Pools {
  readonly #byKey = new Map<string, StoredPool>();
  /** By subscription, and by subscription and group; in the order of creation. */
  readonly #byScope = new Map<string, StoredPool[]>();

  get(key: string): StoredPool | undefined {
    return this.#byKey.get(key);
  }

  /** The pool of an ARM id. */
  withId(id: string): StoredPool | undefined {
    return this.all().find((pool) => poolId(pool).toLowerCase() === id.toLowerCase());
  }

  all(): readonly StoredPool[] {
    return [...this.#byKey.values()];
  }

  /** Adds a pool that is newer than all that there are. */
  add(pool: StoredPool): void {
    this.#byKey.set(keyOf(pool), pool);
    for (const scope of scopesOf(pool)) {
      const pools = this.#byScope.get(scope) ?? [];
      this.#byScope.set(scope, pools);
      pools.push(pool);
    }
  }

  delete(key: string): void {
    const pool = this.#byKey.get(key);
    if (!pool) return;
    this.#byKey.delete(key);
    for (const scope of scopesOf(pool)) {
      const pools = this.#byScope.get(scope) ?? [];
      pools.splice(firstAfter(pools, pool.sequence - 1), 1);
    }
  }

  /** At most `size` pools of a scope that are newer than `after`, and whether there are more. @param group all when it is left out */
  page(
    subscription: string,
    group: string | undefined,
    after: number,
    size: number,
  ): { readonly pools: readonly StoredPool[]; readonly hasMore: boolean } {
    const pools = this.#byScope.get(scopeOf(subscription, group)) ?? [];
    const start = firstAfter(pools, after);
    return { pools: pools.slice(start, start + size), hasMore: pools.length > start + size };
  }
}

/** ARM compares ids without regard to case. */
export function keyOf({ subscription, group, name }: Address): string {
  return `${subscription}/${group}/${name}`.toLowerCase();
}

function scopeOf(subscription: string, group: string | undefined): string {
  return (group === undefined ? subscription : `${subscription}/${group}`).toLowerCase();
}

function scopesOf({ subscription, group }: StoredPool): readonly string[] {
  return [scopeOf(subscription, undefined), scopeOf(subscription, group)];
}

/** Where the first pool with a higher sequence is, by halving. */
function firstAfter(pools: readonly StoredPool[], sequence: number): number {
  let [low, high] = [0, pools.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pools[middle]?.sequence ?? 0) > sequence) high = middle;
    else low = middle + 1;
  }
  return low;
}
