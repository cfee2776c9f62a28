import { Counter, exponentialBuckets, Histogram, type Registry } from "prom-client";
import { CONTROLLER } from "./controller-metrics.ts";
import { readGauge } from "./read-gauge.ts";

/** How the work queue stands. */
export interface QueueStands {
  /** Keys that wait, by priority. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Keys that workers hold. */
  readonly held: number;
  /** How long they have been held, all added up, in milliseconds. */
  readonly heldMs: number;
  /** How long the one is held that is held longest, in milliseconds. */
  readonly longestHeldMs: number;
}

const LABELS = { name: CONTROLLER, controller: CONTROLLER };
const LABEL_NAMES = ["name", "controller"] as const;

/** client-go's (util/workqueue/metrics.go), in seconds. */
const BUCKETS = exponentialBuckets(10e-9, 10, 12);

/** What dashboards for client-go's work queues show. */
export class QueueMetrics {
  readonly #adds: Counter<"name" | "controller">;
  readonly #retries: Counter<"name" | "controller">;
  readonly #waited: Histogram<"name" | "controller">;
  readonly #held: Histogram<"name" | "controller">;

  /** @param state how the queue stands, when Prometheus asks; undefined while there is none */
  constructor(registry: Registry, state: () => QueueStands | undefined) {
    const counter = (name: string, help: string): Counter<"name" | "controller"> => {
      const made = new Counter({ name, help, labelNames: LABEL_NAMES, registers: [registry] });
      made.inc(LABELS, 0);
      return made;
    };
    const histogram = (name: string, help: string): Histogram<"name" | "controller"> => {
      const made = new Histogram({ name, help, labelNames: LABEL_NAMES, buckets: BUCKETS, registers: [registry] });
      made.zero(LABELS);
      return made;
    };
    this.#adds = counter("workqueue_adds_total", "Resources that were put into the queue.");
    this.#retries = counter("workqueue_retries_total", "Resources that are to be put into the queue later.");
    this.#waited = histogram("workqueue_queue_duration_seconds", "How long a resource was in the queue.");
    this.#held = histogram("workqueue_work_duration_seconds", "How long a resource was worked on.");
    readGauge(registry, {
      name: "workqueue_depth",
      help: "Resources in the queue that nobody works on yet.",
      labelNames: [...LABEL_NAMES, "priority"],
      read: () =>
        Object.entries(state()?.waiting ?? {}).map(([priority, value]) => ({ labels: { ...LABELS, priority }, value })),
      merge: Math.max,
    });
    const read = (name: string, help: string, valueOf: (stands: QueueStands) => number): void =>
      readGauge(registry, {
        name,
        help,
        labelNames: LABEL_NAMES,
        read: () => {
          const stands = state();
          return stands && [{ labels: LABELS, value: valueOf(stands) }];
        },
        merge: Math.max,
      });
    read(
      "workqueue_unfinished_work_seconds",
      "How long the resources that are worked on have been, all added up.",
      ({ heldMs }) => heldMs / 1_000,
    );
    read(
      "workqueue_longest_running_processor_seconds",
      "How long the resource has been worked on that has been longest.",
      ({ longestHeldMs }) => longestHeldMs / 1_000,
    );
    readGauge(registry, {
      name: "controller_runtime_active_workers",
      help: "Resources that are worked on now.",
      labelNames: ["controller"],
      read: () => {
        const stands = state();
        return stands && [{ labels: { controller: CONTROLLER }, value: stands.held }];
      },
      merge: Math.max,
    });
  }

  readonly added = (): void => this.#adds.inc(LABELS);

  readonly delayed = (): void => this.#retries.inc(LABELS);

  readonly handedOut = (waitedMs: number): void => this.#waited.observe(LABELS, waitedMs / 1_000);

  readonly done = (heldMs: number): void => this.#held.observe(LABELS, heldMs / 1_000);
}
