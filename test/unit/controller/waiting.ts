import type { WorkQueue } from "../../../src/controller/queue.ts";

/** Number of keys ready to be handed out. */
export function waitingIn(queue: WorkQueue): number {
  const { urgent, normal, background } = queue.state().waiting;
  return urgent + normal + background;
}
