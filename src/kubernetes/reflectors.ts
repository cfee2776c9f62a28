import type { Reflected } from "./object-store.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";

export interface ReflectorsOptions<T> extends Omit<ReflectorOptions<T>, "path"> {
  /** Collection paths that have no object in common: one of the whole cluster, or one of each namespace. */
  readonly paths: readonly string[];
}

/** Several collections as one store. Each goes on by itself: one that the API server refuses holds up only what it holds. */
export class Reflectors<T extends Reflected> {
  readonly #reflectors: readonly Reflector<T>[];

  constructor({ paths, ...options }: ReflectorsOptions<T>) {
    this.#reflectors = paths.map((path) => new Reflector<T>({ ...options, path }));
  }

  /** Resolves after the first complete LIST of any of them. */
  get someSynced(): Promise<void> {
    return Promise.race(this.#reflectors.map(({ synced }) => synced));
  }

  /** Whether the first complete LIST of each has been taken in. */
  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  /** The object under `namespace/name`, as last seen. */
  get(key: string): T | undefined {
    for (const reflector of this.#reflectors) {
      const object = reflector.get(key);
      if (object) return object;
    }
    return undefined;
  }

  /** Keys of all objects, as last seen. */
  keys(): readonly string[] {
    return this.#reflectors.flatMap((reflector) => reflector.keys());
  }

  /** Undefined while each gets on; else the one that has not for longest. @param now by the clock that they were given */
  stuckFor(now: number): string | undefined {
    const slowest = this.#reflectors
      .map(({ progress }) => progress)
      .filter((progress) => progress.stuckFor(now) !== undefined)
      .toSorted((one, other) => one.at - other.at)[0];
    return slowest?.stuckFor(now);
  }

  /** All objects, each as it is when it is taken. */
  *objects(): Generator<T> {
    for (const reflector of this.#reflectors)
      for (const key of reflector.keys()) {
        const object = reflector.get(key);
        if (object) yield object;
      }
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }
}
