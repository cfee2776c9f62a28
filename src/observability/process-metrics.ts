import { collectDefaultMetrics, Registry } from "prom-client";

/** A registry with what is known of the process and of Node: process_* and nodejs_*. It watches the event loop, so a process has one at most. */
export function processRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
