import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock, WallClock } from "../../src/time/clock.ts";

const RealDate = Date;
let current: Clock | undefined;

/** The clocks of one process. */
export interface OwnClocks {
  readonly clock: Clock;
  readonly wallClock: WallClock;
}

const own = new AsyncLocalStorage<OwnClocks>();

/** Does something in a process: libraries that it calls follow its clocks, also later. */
export function inProcess<T>(clocks: OwnClocks, act: () => T): T {
  return own.run(clocks, act);
}

/** The clock that Date and setTimeout follow from now on: libraries ask them, and a run must not depend on the machine's. */
export function followClock(clock: Clock): void {
  if (!current) install();
  current = clock;
}

function now(): number {
  return own.getStore()?.wallClock.time() ?? current?.now() ?? 0;
}

function install(): void {
  class VirtualDate extends RealDate {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [now()] : given) as [number]));
    }
    static override now(): number {
      return now();
    }
  }
  const cancels = new WeakMap<object, () => void>();
  const later = (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): object => {
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true };
    const clock = own.getStore()?.clock ?? current;
    cancels.set(handle, clock?.timer(ms, () => act(...args)) ?? (() => undefined));
    return handle;
  };
  const cancel = (handle: unknown): void => {
    if (typeof handle === "object" && handle !== null) cancels.get(handle)?.();
  };
  Object.assign(globalThis, { Date: VirtualDate, setTimeout: later, clearTimeout: cancel });
}
