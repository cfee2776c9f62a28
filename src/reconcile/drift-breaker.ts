/** Fewer than this are never too many: one of two pools is half of them. */
const MINIMUM = 10;

interface Scope {
  readonly keys: Set<string>;
  /** Those that are to be put back, and since when that is known, in milliseconds by our clock. */
  readonly drifted: Map<string, number>;
  /** Those whose change is only reported: such changes may stand for months, and are nobody's haste. */
  readonly reported: Set<string>;
}

/** What a plan says of changes in Azure: they are to be undone, to be reported, or there are none. */
export type DriftSeen = "repair" | "report" | "none";

export interface DriftBreakerOptions {
  /** More than this part of a subscription's pools is too many; 1: never. */
  readonly maxShare: number;
  /** Asks for a reconcile of a key that was held. */
  readonly enqueue: (key: string) => void;
  /** Told of each pool that was found changed. */
  readonly onFound: () => void;
}

/**
 * Counts the pools that were changed in Azure. When many are at once, that is usually one mistake upstream, and writing thousands of pools would not mend
 * it: then a person decides.
 */
export class DriftBreaker {
  readonly #options: DriftBreakerOptions;
  readonly #scopes = new Map<string, Scope>();
  readonly #scopeOf = new Map<string, string>();

  constructor(options: DriftBreakerOptions) {
    this.#options = options;
  }

  /**
   * Takes in what was seen of a pool.
   *
   * @param scope e.g. a subscription
   * @param now milliseconds by our clock
   * @param isTold whether the change was told of already, by a process before this one
   */
  note(scope: string, key: string, seen: DriftSeen, now: number, isTold = false): void {
    if (this.#scopeOf.get(key) !== scope) this.forget(key);
    this.#scopeOf.set(key, scope);
    const state = this.#scopes.get(scope) ?? { keys: new Set(), drifted: new Map(), reported: new Set() };
    this.#scopes.set(scope, state);
    const wasOpen = this.isOpen(scope);
    // Of more pools, more may be changed.
    state.keys.add(key);
    const isNew = !state.drifted.has(key) && !state.reported.has(key);
    if (seen !== "none" && isNew && !isTold) this.#options.onFound();
    if (seen === "report") state.reported.add(key);
    else state.reported.delete(key);
    if (seen === "repair") state.drifted.set(key, state.drifted.get(key) ?? now);
    else state.drifted.delete(key);
    this.#resume(scope, wasOpen);
  }

  /** A resource is gone, or is no longer for a pool. */
  forget(key: string): void {
    const scope = this.#scopeOf.get(key);
    if (scope === undefined) return;
    const wasOpen = this.isOpen(scope);
    const state = this.#scopes.get(scope);
    this.#scopeOf.delete(key);
    state?.keys.delete(key);
    state?.drifted.delete(key);
    state?.reported.delete(key);
    if (state?.keys.size === 0) this.#scopes.delete(scope);
    else this.#resume(scope, wasOpen);
  }

  /** Whether too many pools of a scope are changed at once. */
  isOpen(scope: string): boolean {
    const state = this.#scopes.get(scope);
    return state !== undefined && state.drifted.size > Math.max(MINIMUM, this.#options.maxShare * state.keys.size);
  }

  /**
   * Since when a pool is known to be changed; undefined: it need not wait for others to be looked at. How many others there are is not known before,
   * after a start.
   */
  countsSince(scope: string, key: string): number | undefined {
    return this.#options.maxShare >= 1 ? undefined : this.#scopes.get(scope)?.drifted.get(key);
  }

  /** All scopes. */
  scopes(): readonly string[] {
    return [...this.#scopes.keys()];
  }

  #resume(scope: string, wasOpen: boolean): void {
    if (!wasOpen || this.isOpen(scope)) return;
    for (const key of this.#scopes.get(scope)?.drifted.keys() ?? []) this.#options.enqueue(key);
  }
}
