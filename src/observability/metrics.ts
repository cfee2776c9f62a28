import { Gauge, Registry } from "prom-client";
import type { SessionPool } from "../api/session-pool.ts";
import { ArmMetrics, type ArmSources } from "./arm-metrics.ts";
import { ControllerMetrics } from "./controller-metrics.ts";
import { KubernetesMetrics, type LeaderStatus } from "./kubernetes-metrics.ts";
import { type PausedScope, PoolMetrics } from "./pool-metrics.ts";
import { QueueMetrics, type QueueStands } from "./queue-metrics.ts";
import { resourceMetrics } from "./resource-metrics.ts";

/** What is known from the start, and what is read when Prometheus asks. What is left out tells nothing. */
export interface MetricsSources extends Partial<ArmSources> {
  /** Of the operator. */
  readonly version?: string;
  /** How many reconciles there can be at the same time. */
  readonly concurrency?: number;
  /** Of the API server. */
  readonly host?: string;
  readonly pausedScopes?: () => readonly PausedScope[];
  readonly leader?: () => LeaderStatus | undefined;
  readonly queue?: () => QueueStands;
}

/** What Prometheus is told. Names are stable: dashboards and alerts match on them. docs/metrics.md lists them. */
export class Metrics {
  readonly controller: ControllerMetrics;
  readonly queue: QueueMetrics;
  readonly kubernetes: KubernetesMetrics;
  readonly arm: ArmMetrics;
  readonly pools: PoolMetrics;
  readonly #registry: Registry;

  /** @param registry what else is told, such as of the process */
  constructor(sources: MetricsSources = {}, registry = new Registry()) {
    const { version = "", concurrency = 0, host = "" } = sources;
    const { budgets = none, scopes = none, pausedScopes = none } = sources;
    this.#registry = registry;
    this.controller = new ControllerMetrics(registry, concurrency);
    this.queue = new QueueMetrics(registry, () => sources.queue?.());
    this.kubernetes = new KubernetesMetrics(registry, host, () => sources.leader?.());
    this.arm = new ArmMetrics(registry, { budgets, scopes });
    this.pools = new PoolMetrics(registry, pausedScopes);
    new Gauge({
      name: "sessionpool_build_info",
      help: "1, with the version of the operator.",
      labelNames: ["version"],
      registers: [registry],
    }).set({ version }, 1);
  }

  /**
   * All of it in Prometheus' text format, in parts between which the event loop can turn: those of the process read /proc, and all metrics in one
   * piece, as prom-client writes them, take 20 ms and more.
   *
   * @param resources that this replica works on, as last seen
   */
  async *text(resources: () => Iterable<SessionPool> = none): AsyncGenerator<string> {
    for (const { name } of this.#registry.getMetricsAsArray())
      yield `${await this.#registry.getSingleMetricAsString(name)}\n`;
    yield* resourceMetrics(resources);
  }
}

function none(): readonly never[] {
  return [];
}
