import type { OwnTurns, Turns } from "../../src/time/turns.ts";

/** Work never gives way: what is to be done is done when a test looks. */
export const AT_ONCE: Turns & OwnTurns = { next: () => undefined, own: () => Promise.resolve() };
