/** A call that was served. Bodies are never kept, so no secret value is. */
export interface ServedCall {
  readonly seq: number;
  /** UTC, with Z. */
  readonly time: string;
  readonly method: string;
  /** Without the query, which is signed in poll URLs. */
  readonly path: string;
  readonly status: number;
  /** What ARM gave as x-ms-correlation-request-id; Entra's calls have none. */
  readonly correlationId?: string;
}

/** The calls served, in order, so that anyone can count them. */
export class CallLog {
  #calls: ServedCall[] = [];
  #sequence = 0;

  get all(): readonly ServedCall[] {
    return this.#calls;
  }

  add(call: Omit<ServedCall, "seq">): void {
    this.#sequence += 1;
    this.#calls.push({ seq: this.#sequence, ...call });
  }

  /** Numbers go on: a number names one call for the whole run. */
  clear(): void {
    this.#calls = [];
  }
}
