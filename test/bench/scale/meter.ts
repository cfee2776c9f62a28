import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import { kindOf } from "../../emulator/token-buckets.ts";
import type { Answer, Call } from "../../simulation/calls.ts";
import type { Observer } from "../../simulation/network.ts";
import { parsed } from "../../simulation/properties/reading.ts";

/** What is counted at one moment. */
export interface Counts {
  /** Calls that Azure served, refused ones too. */
  readonly azure: number;
  /** PUT, PATCH and DELETE to Azure, and writes to SessionPools and their status; whether they were taken or not. */
  readonly writes: number;
}

/** A PUT of a pool. */
export interface Put {
  readonly pool: string;
  /** The `properties` that it asks for. */
  readonly properties: JsonObject;
}

/** Counts what passes between the operator, Azure and Kubernetes; keeps no call. */
export class Meter implements Observer {
  readonly #now: () => number;
  #azure = 0;
  #writes = 0;
  /** Until when Azure wants no calls of a kind, as the operator was told, in milliseconds since the epoch. */
  readonly #closed = new Map<string, number>();
  /** When Azure took each PUT, PATCH and DELETE, in milliseconds since the epoch. */
  readonly acceptedAt: number[] = [];
  /** When Azure served each read, in milliseconds since the epoch. */
  readonly readAt: number[] = [];
  /** 429s that Azure gave by itself. */
  throttled = 0;
  /** 429s that it gave because a storm was on. */
  stormed = 0;
  /** Whether Azure refuses everything just now. */
  isStorm = false;
  /** Calls of a kind that were sent before the time that a 429 for the kind had named. */
  early = 0;
  /** Told of each PUT that leaves the operator, and of each that Azure took. */
  onPut: (put: Put, how: "sent" | "taken") => void = () => undefined;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  get counts(): Counts {
    return { azure: this.#azure, writes: this.#writes };
  }

  onSend(call: Call): void {
    if (isWriteToPools(call)) this.#writes += 1;
    if (call.side !== "azure") return;
    if (this.#now() < (this.#closed.get(kindOf(call.method)) ?? 0)) this.early += 1;
    if (call.name === "PUT pool") this.onPut(putOf(call), "sent");
  }

  onArrive(): void {
    // Counted once it is served.
  }

  onServed(call: Call, { status }: Answer): void {
    if (call.side !== "azure") return;
    this.#azure += 1;
    if (status === 429) {
      if (this.isStorm) this.stormed += 1;
      else this.throttled += 1;
    } else if (kindOf(call.method) === "reads") this.readAt.push(this.#now());
    else if (status < 300) {
      this.acceptedAt.push(this.#now());
      if (call.name === "PUT pool") this.onPut(putOf(call), "taken");
    }
  }

  onAnswer(call: Call, { status, headers }: Answer): void {
    if (call.side !== "azure" || status !== 429) return;
    const kind = kindOf(call.method);
    const until = this.#now() + Number(headers["retry-after"] ?? 0) * 1000;
    this.#closed.set(kind, Math.max(until, this.#closed.get(kind) ?? 0));
  }

  onWatchEvent(): void {
    // Costs Azure nothing.
  }

  /** Reads that Azure served from one moment to another, in milliseconds since the epoch. */
  readsBetween(from: number, to: number): number {
    return this.readAt.filter((at) => at >= from && at <= to).length;
  }
}

/** The most that happened within any one second. @param times in milliseconds, ascending */
export function peakPerSecond(times: readonly number[]): number {
  let peak = 0;
  let start = 0;
  for (const [index, at] of times.entries()) {
    while (at - (times[start] ?? at) >= 1000) start += 1;
    peak = Math.max(peak, index - start + 1);
  }
  return peak;
}

/** The value that a share of the values does not exceed (nearest rank); undefined when there is none. @param share above 0, at most 1 */
export function percentile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.ceil(share * values.length) - 1];
}

function isWriteToPools({ side, method, name }: Call): boolean {
  if (side === "azure") return kindOf(method) !== "reads";
  return side === "kubernetes" && method !== "GET" && (name.endsWith(" sessionpool") || name.endsWith(" status"));
}

function putOf({ about, body }: Call): Put {
  return { pool: about, properties: objectOr(parsed(body ?? "")?.properties) };
}
