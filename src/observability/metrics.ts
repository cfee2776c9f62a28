import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { readGauge } from "./read-gauge.ts";

/** What a call to Azure Resource Manager is for; `operation` asks how a long-running one stands. */
export type ArmCallKind = "get" | "list" | "operation" | "put" | "delete";

/** What is left of a limit of Azure's. */
export interface BudgetLeft {
  readonly subscription: string;
  readonly kind: "read" | "write" | "delete";
  /** Calls that can be made at once. */
  readonly remaining: number;
}

/** The pools of a subscription that are observed in one way. */
export interface ObservedScopes {
  readonly subscription: string;
  /** By a LIST of the subscription, by one of each resource group, or each pool by a GET. */
  readonly scope: "subscription" | "resource-group" | "get";
  /** How many scopes are listed, or pools read. */
  readonly count: number;
  /** Age of the oldest observation that is believed, in seconds. */
  readonly lagSeconds: number;
}

/** Whether drift corrections wait for a person, in a scope of a subscription. */
export interface PausedScope {
  readonly subscription: string;
  readonly paused: boolean;
}

/** Whether this replica has the lease. */
export interface LeaderStatus {
  /** Of the lease. */
  readonly name: string;
  readonly isLeader: boolean;
}

/** What is read when Prometheus asks. What is left out tells nothing. */
export interface MetricsSources {
  readonly budgets?: () => readonly BudgetLeft[];
  readonly scopes?: () => readonly ObservedScopes[];
  readonly pausedScopes?: () => readonly PausedScope[];
  readonly leader?: () => LeaderStatus | undefined;
}

/** Seconds: most calls go at once, and one may wait for as long as Azure's Retry-After says. */
const WAIT_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 1_800];

/** What Prometheus is told. Names are stable: dashboards and alerts match on them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #drifted = new Gauge({
    name: "sessionpool_drifted",
    help: "1 while the pool was changed in Azure and does not have what the resource says, else 0.",
    labelNames: ["namespace", "name"],
    registers: [this.#registry],
  });
  readonly #writes = new Counter({
    name: "sessionpool_writes_total",
    help: "PUTs and DELETEs that Azure took, by the reason for them.",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #armRequests = new Counter({
    name: "sessionpool_arm_requests_total",
    help: "Calls to Azure Resource Manager, by kind and HTTP status; none where no answer came.",
    labelNames: ["kind", "code"],
    registers: [this.#registry],
  });
  readonly #armWait = new Histogram({
    name: "sessionpool_arm_wait_seconds",
    help: "How long calls to Azure Resource Manager waited for their turn.",
    labelNames: ["kind"],
    buckets: WAIT_BUCKETS,
    registers: [this.#registry],
  });
  readonly #driftFound = new Counter({
    name: "sessionpool_drift_found_total",
    help: "How often a pool was found changed in Azure.",
    registers: [this.#registry],
  });
  readonly #driftCorrected = new Counter({
    name: "sessionpool_drift_corrected_total",
    help: "PUTs that Azure took to undo a change.",
    registers: [this.#registry],
  });
  readonly #eventsDropped = new Counter({
    name: "sessionpool_events_dropped_total",
    help: "What happened and no event tells of: too much at once, or the API server was away or refused it.",
    registers: [this.#registry],
  });

  /** @param sources what the gauges are read from when Prometheus asks */
  constructor({ budgets, scopes, pausedScopes, leader }: MetricsSources = {}) {
    // The name that dashboards for controllers know (client-go's, controller-runtime's).
    readGauge(this.#registry, {
      name: "leader_election_master_status",
      help: "1 while this replica leads, 0 while it stands by.",
      labelNames: ["name"],
      read: () => {
        const status = leader?.();
        return status && [{ labels: { name: status.name }, value: status.isLeader ? 1 : 0 }];
      },
      merge: Math.max,
    });
    readGauge(this.#registry, {
      name: "sessionpool_arm_budget_remaining",
      help: "Calls that can be made at once before a limit of Azure's, by kind; of several identities, the least.",
      labelNames: ["subscription", "kind"],
      read: () => budgets?.().map(({ remaining, ...labels }) => ({ labels, value: remaining })),
      merge: Math.min,
    });
    readGauge(this.#registry, {
      name: "sessionpool_observe_scopes",
      help: "Scopes that are listed, or pools that are read one by one (get).",
      labelNames: ["subscription", "scope"],
      read: () =>
        scopes?.().map(({ subscription, scope, count }) => ({ labels: { subscription, scope }, value: count })),
      merge: (a, b) => a + b,
    });
    readGauge(this.#registry, {
      name: "sessionpool_observe_lag_seconds",
      help: "Age of the oldest observation of a pool that is believed.",
      labelNames: ["subscription"],
      read: () => scopes?.().map(({ subscription, lagSeconds: value }) => ({ labels: { subscription }, value })),
      merge: Math.max,
    });
    readGauge(this.#registry, {
      name: "sessionpool_drift_paused",
      help: "1 while so many pools of a scope differ that nothing is corrected before a person has looked, else 0.",
      labelNames: ["subscription"],
      read: () =>
        pausedScopes?.().map(({ subscription, paused }) => ({ labels: { subscription }, value: paused ? 1 : 0 })),
      merge: Math.max,
    });
  }

  /** Notes whether a resource's pool stands changed by others. */
  drifted({ namespace, name }: { readonly namespace: string; readonly name: string }, drifted: boolean): void {
    this.#drifted.set({ namespace, name }, drifted ? 1 : 0);
  }

  /** A resource is gone. */
  forget({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    this.#drifted.remove({ namespace, name });
  }

  /** Counts a write that Azure took. */
  wrote(reason: string): void {
    this.#writes.inc({ reason });
  }

  /** Counts a call that was made. @param code HTTP status; undefined when no answer came */
  armCall(kind: ArmCallKind, code: number | undefined): void {
    this.#armRequests.inc({ kind, code: code ?? "none" });
  }

  /** Notes how long a call waited for its turn, 0 when it did not. */
  waited(kind: BudgetLeft["kind"], seconds: number): void {
    this.#armWait.observe({ kind }, seconds);
  }

  /** Counts a pool that was found changed in Azure, once for each change. */
  driftFound(): void {
    this.#driftFound.inc();
  }

  /** Counts a PUT that Azure took to undo a change. */
  driftCorrected(): void {
    this.#driftCorrected.inc();
  }

  /** Counts what no event tells of. */
  eventsDropped(count: number): void {
    this.#eventsDropped.inc(count);
  }

  /** All of it in Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}
