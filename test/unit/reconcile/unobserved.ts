import type { ObserveOptions } from "../../../src/reconcile/observe.ts";

/** No LIST shows anything: each pool is read by itself, as where no LIST is allowed. @param intervalMs how often, in milliseconds */
export function unobserved(intervalMs: number): ObserveOptions["observers"] {
  return {
    track: () => undefined,
    untrack: () => undefined,
    look: () => ({ kind: "unknown" }),
    lookAgainMs: () => intervalMs,
    saw: () => "changed",
    distrust: () => undefined,
    follows: () => false,
    isLookedThrough: () => true,
  };
}
