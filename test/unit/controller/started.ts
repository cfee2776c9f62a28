import { pino } from "pino";
import { Controller, type ControllerOptions } from "../../../src/controller/controller.ts";
import { WorkQueue } from "../../../src/controller/queue.ts";
import { AT_ONCE } from "../../time/at-once.ts";
import { FakeClock } from "../../time/fake-clock.ts";

/** A controller with one worker that runs on a clock of the test's, with what a story is not about left at its simplest. */
export function started({ clock = new FakeClock(), ...options }: StartedOptions): {
  readonly controller: Controller;
  readonly queue: WorkQueue;
  readonly clock: FakeClock;
} {
  const queue = options.queue ?? new WorkQueue(clock);
  const controller = new Controller({
    queue,
    concurrency: 1,
    turns: AT_ONCE,
    backoff: { baseMs: 1_000, maxMs: 60_000 },
    random: () => 0,
    clock,
    onEnd: () => undefined,
    log: pino({ enabled: false }),
    ...options,
  });
  controller.start();
  return { controller, queue, clock };
}

type StartedOptions = Pick<ControllerOptions, "reconcile"> &
  Partial<Omit<ControllerOptions, "clock">> & { readonly clock?: FakeClock };
