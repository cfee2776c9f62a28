import { Heap } from "../time/heap.ts";
import type { Random } from "./clock.ts";

/** A long-running operation. Its state follows from the clock alone. */
export interface Operation {
  /** base64 of `sessionPools:<guid>` (azure-session-pools §3.1). */
  readonly id: string;
  readonly kind: "put" | "patch" | "delete";
  readonly poolKey: string;
  readonly subscription: string;
  /** Short name of the location. */
  readonly location: string;
  readonly startTime: string;
  /** How long it takes. */
  readonly seconds: number;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** Set when the operation will fail. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** `t=…&c=…&s=…&h=…`: without it the URL is refused. */
  readonly signature: string;
}

/** Length of the signed part: poll URLs are 3.2 to 3.7 KB (azure-session-pools §3.1). */
const CERTIFICATE_LENGTH = 2600;
const SIGNATURE_LENGTH = 342;

/** A guid from the model's own randomness. */
export function guid(random: Random): string {
  const hex = (digits: number): string => {
    let text = "";
    for (let left = digits; left > 0; left -= 1) text += "0123456789abcdef"[Math.floor(random() * 16)];
    return text;
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

export function operationId(random: Random): string {
  return Buffer.from(`sessionPools:${guid(random)}`).toString("base64");
}

export function signature(random: Random, now: number): string {
  const ticks = String(BigInt(now) * 10_000n + 621_355_968_000_000_000n);
  return `t=${ticks}&c=${token(random, CERTIFICATE_LENGTH)}&s=${token(random, SIGNATURE_LENGTH)}&h=${token(random, 43)}`;
}

const ALPHABET = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/** In one buffer: each operation has 3 KB of it. */
function token(random: Random, length: number): string {
  const letters = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) letters[at] = ALPHABET[Math.floor(random() * 64)] ?? 0;
  return letters.toString("latin1");
}

/** The URL to poll: `operationStatuses` for a PUT, `operationResults` for PATCH and DELETE (azure-session-pools §3.1). */
export function operationUrl(base: string, operation: Operation, apiVersion: string): string {
  const statuses = operation.kind === "put";
  const route = `${base}/subscriptions/${operation.subscription}/providers/Microsoft.App/locations/${operation.location}/${statuses ? "operationStatuses" : "operationResults"}/${operation.id}`;
  return `${route}?api-version=${apiVersion}${statuses ? "&azureAsyncOperation=true" : ""}&${operation.signature}`;
}

/** The real service asks for about 15 s; short runs ask for less, so that they stay short (azure-session-pools §3). */
export function retryAfterSeconds(provisioningSeconds: number): string {
  return String(Math.min(15, Math.max(1, Math.ceil(provisioningSeconds / 3))));
}

/** All operations of a model, by their ids, and those that run by their end. */
export class Operations {
  readonly #all = new Map<string, Operation>();
  /** The operation that runs on a pool. */
  readonly #running = new Map<string, Operation>();
  readonly #ends = new Heap<Operation>();

  get(id: string): Operation | undefined {
    return this.#all.get(id);
  }

  /** The operation that runs on the pool under a key. */
  runningOn(poolKey: string): Operation | undefined {
    return this.#running.get(poolKey);
  }

  start(operation: Operation): void {
    this.#all.set(operation.id, operation);
    this.#running.set(operation.poolKey, operation);
    this.#ends.add(operation.endsAt, operation);
  }

  /** Takes those that have ended from those that run, in the order of their ends. @param now milliseconds since the epoch */
  takeEnded(now: number): readonly Operation[] {
    const ended: Operation[] = [];
    for (let next = this.#ends.first; next && next.at <= now; next = this.#ends.first) {
      this.#ends.remove(next);
      this.#running.delete(next.item.poolKey);
      ended.push(next.item);
    }
    return ended;
  }
}
