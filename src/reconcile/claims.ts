import type { SessionPool } from "../api/session-pool.ts";
import { isRival } from "../sessionpool/rivals.ts";

/**
 * Which resources of the cluster are for which pool, and which of them has begun to write or adopt it. Workers run side by side: of two
 * resources for one pool, the one that takes it first here is the one that may go on.
 */
export class Claims {
  readonly #resources = new Map<string, { resource: SessionPool; poolId?: string }>();
  readonly #keysOf = new Map<string, Set<string>>();
  /** UID of the holder, by pool id. */
  readonly #holders = new Map<string, string>();
  readonly #mayHave: (resource: SessionPool, poolId: string) => boolean;

  /** @param mayHave whether a resource may have the pool, as far as others see: the scope table keeps the rest out */
  constructor(mayHave: (resource: SessionPool, poolId: string) => boolean = () => true) {
    this.#mayHave = mayHave;
  }

  /**
   * Takes in a change of a resource.
   *
   * @returns queue keys of the resources that may have been waiting for it
   */
  track(key: string, current: SessionPool | undefined): readonly string[] {
    const known = this.#resources.get(key);
    if (current) {
      const poolId = current.status?.id ?? known?.poolId;
      this.#resources.set(key, { ...known, resource: current });
      if (poolId !== undefined) this.locate(key, poolId);
      return [];
    }
    this.#resources.delete(key);
    if (known?.poolId === undefined) return [];
    this.#leave(key, known.poolId);
    if (this.#holders.get(known.poolId) === known.resource.metadata.uid) this.#holders.delete(known.poolId);
    return [...(this.#keysOf.get(known.poolId) ?? [])];
  }

  /** Notes which pool a resource is for. @param poolId ARM id, in any casing */
  locate(key: string, poolId: string): void {
    const known = this.#resources.get(key);
    const id = poolId.toLowerCase();
    if (!known || known.poolId === id) return;
    if (known.poolId !== undefined) this.#leave(key, known.poolId);
    known.poolId = id;
    this.#keysOf.set(id, (this.#keysOf.get(id) ?? new Set()).add(key));
  }

  /** A resource as it was last seen. */
  resource(key: string): SessionPool | undefined {
    return this.#resources.get(key)?.resource;
  }

  /** The other resources for the same pool that can stand in the way. */
  rivals(key: string): readonly SessionPool[] {
    const poolId = this.#resources.get(key)?.poolId;
    if (poolId === undefined) return [];
    return this.#others(key, poolId).filter((other) => isRival(other, poolId) && this.#mayHave(other, poolId));
  }

  /** UID of the resource that has taken the pool of this one. */
  holder(key: string): string | undefined {
    const poolId = this.#resources.get(key)?.poolId;
    return poolId === undefined ? undefined : this.#holders.get(poolId);
  }

  /**
   * Takes the pool for a resource, until that is gone or lets go of it.
   *
   * @returns false when another resource that is still there has it, and may be writing to it
   */
  take(key: string, uid: string): boolean {
    const poolId = this.#resources.get(key)?.poolId;
    if (poolId === undefined) return true;
    const holder = this.#holders.get(poolId);
    if (
      holder !== undefined &&
      holder !== uid &&
      this.#others(key, poolId).some(({ metadata }) => metadata.uid === holder)
    )
      return false;
    this.#holders.set(poolId, uid);
    return true;
  }

  /** The pool is another's after all, or the resource writes to it no longer; said when no write of it is under way. */
  letGo(key: string, uid: string): void {
    const poolId = this.#resources.get(key)?.poolId;
    if (poolId !== undefined && this.#holders.get(poolId) === uid) this.#holders.delete(poolId);
  }

  #others(key: string, poolId: string): readonly SessionPool[] {
    const keys = [...(this.#keysOf.get(poolId) ?? [])].filter((other) => other !== key);
    return keys.flatMap((other) => this.#resources.get(other)?.resource ?? []);
  }

  #leave(key: string, poolId: string): void {
    const keys = this.#keysOf.get(poolId);
    keys?.delete(key);
    if (keys?.size === 0) {
      this.#keysOf.delete(poolId);
      this.#holders.delete(poolId);
    }
  }
}
