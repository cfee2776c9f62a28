import { Counter, Histogram, type Registry } from "prom-client";
import { readGauge } from "./read-gauge.ts";

/** What a call to Azure Resource Manager is for; `operation` asks how a long-running one stands. */
const KINDS = ["get", "list", "operation", "put", "delete"] as const;
type ArmCallKind = (typeof KINDS)[number];

/** Codes that alerts are about: their first occurrence must be an increase. */
const ALERTING = ["401", "403", "429", "none", "no_token"];

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

export interface ArmSources {
  readonly budgets: () => readonly BudgetLeft[];
  readonly scopes: () => readonly ObservedScopes[];
}

/** Seconds: most calls go at once, and one may wait for as long as Azure's Retry-After says. */
const WAIT_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 1_800];

/** Calls to Azure, what is left of its limits, and what is known of the pools. */
export class ArmMetrics {
  readonly #requests: Counter<"kind" | "code">;
  readonly #wait: Histogram<"kind">;

  constructor(registry: Registry, { budgets, scopes }: ArmSources) {
    this.#requests = new Counter({
      name: "sessionpool_arm_requests_total",
      help: "Calls to Azure Resource Manager, by kind and HTTP status; none where no answer came, no_token where nothing was sent for want of one.",
      labelNames: ["kind", "code"],
      registers: [registry],
    });
    for (const kind of KINDS) for (const code of ALERTING) this.#requests.inc({ kind, code }, 0);
    this.#wait = new Histogram({
      name: "sessionpool_arm_wait_seconds",
      help: "How long calls to Azure Resource Manager waited for their turn.",
      labelNames: ["kind"],
      buckets: WAIT_BUCKETS,
      registers: [registry],
    });
    readGauge(registry, {
      name: "sessionpool_arm_budget_remaining",
      help: "Calls that can be made at once before a limit of Azure's, by kind; of several identities, the least.",
      labelNames: ["subscription", "kind"],
      read: () => budgets().map(({ remaining, ...labels }) => ({ labels, value: remaining })),
      merge: Math.min,
    });
    readGauge(registry, {
      name: "sessionpool_observe_scopes",
      help: "Scopes that are listed, or pools that are read one by one (get).",
      labelNames: ["subscription", "scope"],
      read: () => scopes().map(({ subscription, scope, count }) => ({ labels: { subscription, scope }, value: count })),
      merge: (a, b) => a + b,
    });
    readGauge(registry, {
      name: "sessionpool_observe_lag_seconds",
      help: "Age of the oldest observation of a pool that is believed.",
      labelNames: ["subscription"],
      read: () => scopes().map(({ subscription, lagSeconds: value }) => ({ labels: { subscription }, value })),
      merge: Math.max,
    });
  }

  /** Counts a call. @param code HTTP status; `none` when no answer came, `no_token` when nothing was sent for want of one */
  called(kind: ArmCallKind, code: number | "none" | "no_token"): void {
    this.#requests.inc({ kind, code });
  }

  /** Notes how long a call waited for its turn, 0 when it did not. */
  waited(kind: BudgetLeft["kind"], seconds: number): void {
    this.#wait.observe({ kind }, seconds);
  }
}
