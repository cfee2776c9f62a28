import type { Logger } from "pino";
import type { Clock } from "../time/clock.ts";
import { KubernetesError } from "./errors.ts";

/** How often the same trouble is told of while it lasts, in milliseconds: it is met every second or two. */
const AGAIN_MS = 60_000;

/** What stands in the way of a Lease: told when it begins, and once a minute while it lasts. */
export class LeaseTrouble {
  readonly #clock: Pick<Clock, "now">;
  readonly #log: Logger;
  readonly #fields: object;
  /** When each kind of trouble was told of last, by the clock. */
  readonly #toldAt = new Map<string, number>();
  #last: unknown;

  /** @param fields of each line */
  constructor(clock: Pick<Clock, "now">, log: Logger, fields: object) {
    this.#clock = clock;
    this.#log = log;
    this.#fields = fields;
  }

  /** What the last try met, for people; undefined when it succeeded. */
  get last(): string | undefined {
    return this.#last === undefined ? undefined : textOf(this.#last);
  }

  /** A try failed. */
  met(error: unknown): void {
    this.#last = error;
    const kind = kindOf(error);
    const now = this.#clock.now();
    if (now - (this.#toldAt.get(kind) ?? -Infinity) < AGAIN_MS) return;
    this.#toldAt.set(kind, now);
    this.#log.warn({ err: error, ...this.#fields }, "the lease could not be read or written; trying again");
  }

  /** A try succeeded. */
  over(): void {
    this.#last = undefined;
  }
}

/** Without the message, which may differ each time. */
function kindOf(error: unknown): string {
  if (error instanceof KubernetesError) return `${error.status} ${error.reason}`;
  return error instanceof Error ? error.name : typeof error;
}

function textOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const isAnswer = error instanceof KubernetesError && error.status > 0;
  return isAnswer ? `${[error.status, error.reason].join(" ").trim()}: ${message}` : message;
}
