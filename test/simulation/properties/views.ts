import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { isOlder } from "./reading.ts";

/** What one answer of Azure showed of a pool. */
export interface View {
  /** When the answer was asked for, in milliseconds since the epoch. */
  readonly askedAt: number;
  /** null: it is not there. */
  readonly pool: JsonObject | null;
  readonly isWorking: boolean;
}

/** What one process was told of one pool, and what of it may be believed. */
export class PoolViews {
  /** What a GET, a write or an operation said last: writes are decided on it. */
  direct: View | undefined;
  /** When the last GET was answered that no write was decided on yet. */
  readAt: number | undefined;
  #listed: View | undefined;
  /** The view that was written last by what Azure says: an earlier one is out of date, whenever it was asked for. */
  #newest: JsonObject | undefined;
  #sentAt = -Infinity;
  #writtenAt = -Infinity;

  /** A write of the process leaves: what it was told before says nothing any more. */
  sent(now: number): void {
    this.#sentAt = now;
    this.readAt = undefined;
    this.#listed = undefined;
  }

  /** It was answered: what was asked for while it was under way may be of before. */
  written(now: number): void {
    this.#writtenAt = now;
    this.#listed = undefined;
  }

  /** An answer that is about this pool alone. */
  show(view: View): void {
    this.direct = view;
    if (view.pool === null) this.#newest = undefined;
    else this.#remember(view.pool);
    if (this.#listed && this.#listed.askedAt <= view.askedAt) this.#listed = undefined;
  }

  /** Azure says that it works, or does not any more, and not how the pool is. */
  work(isWorking: boolean, askedAt: number): void {
    this.direct = { pool: this.direct?.pool ?? null, askedAt, isWorking };
  }

  /** A LIST shows it, which counts unless it was asked for before a write of the process, or shows how the pool was before what is known. */
  list(view: View & { readonly pool: JsonObject }): void {
    const since = Math.max(this.#writtenAt, this.#sentAt, this.#listed?.askedAt ?? -Infinity);
    if (view.askedAt < since || isOlder(view.pool, this.#newest)) return;
    this.#listed = view;
    this.#remember(view.pool);
  }

  /** What may be believed now. */
  get believed(): readonly View[] {
    return [this.direct, this.#listed].filter((view) => view !== undefined && view.askedAt >= this.#sentAt) as View[];
  }

  /** Whether something that may be believed says that Azure works on it. */
  get isWorking(): boolean {
    return this.#known.some(({ isWorking }) => isWorking);
  }

  /** Whether nothing says that Azure does not. */
  get isOnlyWorking(): boolean {
    return this.#known.length > 0 && this.#known.every(({ isWorking }) => isWorking);
  }

  get #known(): readonly View[] {
    return [this.direct, this.#listed].filter((view) => view !== undefined);
  }

  #remember(pool: JsonObject): void {
    if (!isOlder(pool, this.#newest)) this.#newest = pool;
  }
}
