import type { PoolMemory } from "./memory.ts";

/** How Azure's work on a PUT ended. */
export interface Provisioned {
  readonly kind: "create" | "update";
  readonly outcome: "succeeded" | "failed";
  /** From the PUT until its end was seen, in milliseconds. */
  readonly ms: number;
}

/** Measures how long Azure works on the PUTs that it took from this process. */
export class Provisioning {
  readonly #now: () => number;
  readonly #onEnd: (provisioned: Provisioned) => void;

  /** @param now in milliseconds, by the operator's clock */
  constructor(now: () => number, onEnd: (provisioned: Provisioned) => void) {
    this.#now = now;
    this.#onEnd = onEnd;
  }

  /** A PUT is sent; the caller forgets it if Azure does not take it. */
  began(memory: PoolMemory, creates: boolean): void {
    // To try again after a create that failed takes Azure as long.
    if (creates) memory.isNew = true;
    memory.provisioning = { kind: memory.isNew === true ? "create" : "update", since: this.#now() };
  }

  /** The end of the PUT was seen, if there is one that has not ended. */
  ended(memory: PoolMemory, outcome: Provisioned["outcome"]): void {
    const { provisioning } = memory;
    if (!provisioning) return;
    delete memory.provisioning;
    if (outcome === "succeeded") delete memory.isNew;
    this.#onEnd({ kind: provisioning.kind, outcome, ms: this.#now() - provisioning.since });
  }
}
