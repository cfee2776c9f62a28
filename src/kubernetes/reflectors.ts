import type { Reflected } from "./object-store.ts";
import { type Quiet, Reflector, type ReflectorOptions } from "./reflector.ts";
import type { Collection } from "./watch-events.ts";

/** A healthy watch tells something each minute, and one that does not is a list within three: after so long nothing is known any more, in milliseconds. */
const BLIND_MS = 300_000;

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

  /**
   * Whether there is enough to go by: some collection has been listed, and each other one has too, or the API server has refused it, as when a
   * namespace has lost its RoleBinding. That one must not keep the others waiting.
   */
  get isSynced(): boolean {
    return (
      this.#reflectors.some(({ isSynced }) => isSynced) &&
      this.#reflectors.every(({ isSynced, contact }) => isSynced || contact.wasRefused)
    );
  }

  /** What has not been listed yet, and why; nothing once it is synced. */
  unlisted(): readonly string[] {
    if (this.isSynced) return [];
    return this.#reflectors
      .filter(({ isSynced }) => !isSynced)
      .map(({ collection, contact: { problem } }) => {
        return `the ${titleOf(collection)} have not been listed yet${problem === undefined ? "" : `: ${problem}`}`;
      });
  }

  /** Once synced: of what, for how long and why the API server has told nothing lately; undefined while it tells of any of them. */
  blind(): string | undefined {
    const blind = this.#reflectors.filter(({ contact }) => (contact.quietMs ?? 0) > BLIND_MS);
    if (!this.isSynced || blind.length < this.#reflectors.length) return undefined;
    const each = blind.map(({ collection, contact: { quietMs = 0, problem = "no answer" } }) => {
      return `${titleOf(collection)} for ${Math.round(quietMs / 1000)} s (${problem})`;
    });
    return `the API server has told nothing of ${each.join(", ")}`;
  }

  /** Of each that runs, for how long the API server has told nothing. */
  quiet(): readonly Quiet[] {
    return this.#reflectors.flatMap((reflector) => reflector.quiet ?? []);
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

function titleOf({ resource, namespace }: Collection): string {
  return namespace === "" ? resource : `${resource} of namespace ${namespace}`;
}
