import type { Logger } from "pino";
import type { ObjectMeta } from "./client.ts";
import { keyOf, withoutBulk } from "./watch-events.ts";

/** An object that a reflector can hold. */
export interface Reflected {
  readonly metadata: ObjectMeta;
}

/** Called after the store changed: `previous` is absent for a new object, `current` for one that is gone. */
export type OnChange<T> = (key: string, previous: T | undefined, current: T | undefined) => void;

/** The same, of which nothing is thrown: an object that is not as expected would else keep out all that come after it, in each list and watch. */
export function guarded<T>(onChange: OnChange<T>, path: string, log: Logger): OnChange<T> {
  return (key, previous, current) => {
    try {
      onChange(key, previous, current);
    } catch (error) {
      const { name, stack = "" } = error instanceof Error ? error : { name: typeof error };
      // Not the message, which may quote a Secret.
      const at = stack.split("\n").filter((line) => line.startsWith("    at "));
      log.error({ path, key, error: name, stack: at.slice(0, 5) }, "a bug: a change could not be taken in");
    }
  };
}

/** The objects of a collection by `namespace/name`, without what nobody reads. */
export class ObjectStore<T extends Reflected> {
  readonly #objects = new Map<string, T>();
  readonly #onChange: OnChange<T>;
  readonly #keep: (object: T) => T;

  /** @param keep what to hold of an object, when that is not all of it; `onChange` gets all of the current one */
  constructor(onChange: OnChange<T>, keep: (object: T) => T = (object) => object) {
    this.#onChange = onChange;
    this.#keep = keep;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** What is removed while they are gone through does no harm. */
  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  /** @returns the object's key */
  put(object: T): string {
    const key = keyOf(object.metadata);
    const slim = withoutBulk(object);
    const previous = this.#objects.get(key);
    this.#objects.set(key, this.#keep(slim));
    if (previous?.metadata.resourceVersion !== slim.metadata.resourceVersion) this.#onChange(key, previous, slim);
    return key;
  }

  remove(key: string): void {
    const previous = this.#objects.get(key);
    if (previous && this.#objects.delete(key)) this.#onChange(key, previous, undefined);
  }
}
