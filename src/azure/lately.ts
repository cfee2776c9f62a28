/** No LIST runs longer, in milliseconds. */
const LONGEST_LIST_MS = 3_600_000;

/** What makes an answer about a pool too old to be believed. */
export interface Latest {
  /** Answers that were asked for before this are not believed: a write of ours came after them. In milliseconds by our clock. */
  readonly distrustBefore: number;
  /** The latest time of a write that was seen in the pool. */
  readonly newest?: string | undefined;
  /** When the answer was asked for that had it, in milliseconds by our clock. */
  readonly newestAt: number;
}

/**
 * The same of all pools that somebody wanted to know of lately, whatever the credential: a resource that is suspended for a moment, or whose
 * credential changes, does not take an older answer for a newer one afterwards.
 */
export class Lately {
  /** Oldest first. */
  readonly #byId = new Map<string, Latest>();

  of(id: string): Latest | undefined {
    return this.#byId.get(id);
  }

  note(id: string, { distrustBefore, newest, newestAt }: Latest): void {
    const now = timeOf({ distrustBefore, newestAt });
    this.#byId.delete(id);
    this.#byId.set(id, { distrustBefore, newest, newestAt });
    for (const [other, latest] of this.#byId) {
      if (now - timeOf(latest) < LONGEST_LIST_MS) break;
      this.#byId.delete(other);
    }
  }
}

function timeOf({ distrustBefore, newestAt }: Latest): number {
  return Math.max(distrustBefore, newestAt);
}
