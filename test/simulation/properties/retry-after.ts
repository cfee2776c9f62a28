import { RETRY_MS } from "../../../src/kubernetes/lease.ts";
import type { Answer, Call } from "../calls.ts";
import { isOfLease } from "./leadership.ts";

/**
 * Watches that nothing is sent before a server's Retry-After is over; about the lease, which a longer pause would cost, not before RETRY_MS are. A process that was killed remembers nothing, so each is watched apart.
 */
export class RetryAfter {
  readonly #until = new Map<string, { readonly at: number; readonly call: number }>();

  /** What a call breaks by being sent now, in milliseconds since the epoch. */
  problem(call: Call): string | undefined {
    for (const key of keysOf(call)) {
      const closed = this.#until.get(key);
      if (closed && call.at < closed.at)
        return `${call.name} is sent ${((closed.at - call.at) / 1000).toFixed(3)} s before the time that the answer to call #${closed.call} named`;
    }
    return undefined;
  }

  /** @param now milliseconds since the epoch @param rate how fast the clock of the process goes */
  note(call: Call, { status, headers }: Answer, now: number, rate: number): void {
    const seconds = Number(headers["retry-after"]);
    if (headers["retry-after"] === undefined || !Number.isFinite(seconds)) return;
    const pauseMs = isOfLease(call) ? Math.min(seconds * 1000, RETRY_MS) : seconds * 1000;
    const closed = { at: now + pauseMs / rate, call: call.index };
    const isRefusal = status === 429 || status === 503;
    // Azure's 429 closes a kind of call for the whole subscription, for the principal that made it; a running operation names its own pace; elsewhere it is about the call.
    if (isRefusal && call.side === "azure") this.#until.set(kindKey(call), closed);
    else if (isRefusal || call.name === "GET operation") this.#until.set(pathKey(call), closed);
  }
}

function keysOf(call: Call): readonly string[] {
  return call.side === "azure" ? [kindKey(call), pathKey(call)] : [pathKey(call)];
}

function kindKey(call: Call): string {
  return `${call.process} ${call.principal} azure ${kindOf(call)}`;
}

/** As which kind Azure counts a call. */
export function kindOf({ method }: Call): "read" | "write" | "delete" {
  return method === "PUT" ? "write" : method === "DELETE" ? "delete" : "read";
}

/** Lists and watches of a collection are one: the query says only from where. */
function pathKey({ process, principal, side, method, path }: Call): string {
  return `${process} ${principal} ${side} ${method} ${path.split("?")[0]}`;
}
