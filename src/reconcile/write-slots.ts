/** Pools that Azure may work on at the same time because of PUTs of ours (`--max-in-flight-writes`). */
export class WriteSlots {
  readonly #limit: number;
  readonly #taken = new Set<string>();
  readonly #onFree: () => void;

  /** @param limit Infinity for as many as Azure takes @param onFree called when one is free again */
  constructor(limit: number, onFree: () => void) {
    this.#limit = limit;
    this.#onFree = onFree;
  }

  get isFull(): boolean {
    return this.#taken.size >= this.#limit;
  }

  /** Takes a slot, or says that there is none; who has one keeps it. */
  take(key: string): boolean {
    if (this.#taken.has(key)) return true;
    if (this.isFull) return false;
    this.#taken.add(key);
    return true;
  }

  /** Azure works on the pool already, whoever asked it to. */
  occupy(key: string): void {
    this.#taken.add(key);
  }

  free(key: string): void {
    if (this.#taken.delete(key)) this.#onFree();
  }
}
