import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The label `controller` and the name of the queue, as dashboards show them. */
export const CONTROLLER = "sessionpool";

const RESULTS = ["success", "error", "requeue", "requeue_after"] as const;

/** controller-runtime's (pkg/internal/controller/metrics), in seconds. */
const TIME_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** How a reconcile ended. */
export interface ReconcileTold {
  readonly result: (typeof RESULTS)[number];
  readonly isTerminal: boolean;
  readonly isPanic: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** What dashboards for controller-runtime show of a controller. */
export class ControllerMetrics {
  readonly #total: Counter<"controller" | "result">;
  readonly #errors: Counter<"controller">;
  readonly #terminal: Counter<"controller">;
  readonly #panics: Counter<"controller">;
  readonly #time: Histogram<"controller">;

  /** @param concurrency how many reconciles there can be at the same time */
  constructor(registry: Registry, concurrency: number) {
    const registers = [registry];
    const counter = (name: string, help: string): Counter<"controller"> => {
      const made = new Counter({ name, help, labelNames: ["controller"], registers });
      made.inc({ controller: CONTROLLER }, 0);
      return made;
    };
    this.#total = new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Reconciles by how they ended.",
      labelNames: ["controller", "result"],
      registers,
    });
    for (const result of RESULTS) this.#total.inc({ controller: CONTROLLER, result }, 0);
    this.#errors = counter("controller_runtime_reconcile_errors_total", "Reconciles that ended in an error.");
    this.#terminal = counter(
      "controller_runtime_terminal_reconcile_errors_total",
      "Reconciles that ended in an error that only a person can mend: the condition Stalled says which.",
    );
    this.#panics = counter(
      "controller_runtime_reconcile_panics_total",
      "Reconciles that ended in an exception that nobody expects.",
    );
    this.#time = new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "How long a reconcile took.",
      labelNames: ["controller"],
      buckets: TIME_BUCKETS,
      registers,
    });
    this.#time.zero({ controller: CONTROLLER });
    new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "How many reconciles there can be at the same time.",
      labelNames: ["controller"],
      registers,
    }).set({ controller: CONTROLLER }, concurrency);
  }

  /** Counts a reconcile. */
  ended({ result, isTerminal, isPanic, ms }: ReconcileTold): void {
    const controller = CONTROLLER;
    this.#total.inc({ controller, result });
    if (result === "error") this.#errors.inc({ controller });
    if (isTerminal) this.#terminal.inc({ controller });
    if (isPanic) this.#panics.inc({ controller });
    this.#time.observe({ controller }, ms / 1_000);
  }
}
