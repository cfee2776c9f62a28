import { Counter, Histogram, type Registry } from "prom-client";
import { readGauge } from "./read-gauge.ts";

/** Why Azure was written. */
const WRITE_REASONS = [
  "Create",
  "SpecChanged",
  "DriftCorrected",
  "RetryAfterFailure",
  "SecretsChanged",
  "SecretsUnverified",
  "Delete",
] as const;
type WriteReason = (typeof WRITE_REASONS)[number];

/** A PUT that has ended in Azure. */
export interface ProvisioningTold {
  readonly kind: "create" | "update";
  readonly outcome: "succeeded" | "failed";
  /** From the PUT until its end was seen, in milliseconds. */
  readonly ms: number;
}

/**
 * Seconds. Built-in pools are done within 5; with containers updates took 85 to 292, creates 351, 354, 368, 369, 379, 411 and 464, and at most some
 * 20 minutes (azure-session-pools §3.2); Azure gives up after 30.
 */
const PROVISIONING_BUCKETS = [1, 2.5, 5, 10, 30, 60, 90, 120, 180, 240, 300, 360, 420, 480, 600, 900, 1_200, 1_800];

/** Whether drift corrections wait for a person, in a scope of a subscription. */
export interface PausedScope {
  readonly subscription: string;
  readonly paused: boolean;
}

/** What is done for the pools, and how they drift. */
export class PoolMetrics {
  readonly #writes: Counter<"reason">;
  readonly #provisioning: Histogram<"kind" | "outcome">;
  readonly #driftFound: Counter;
  readonly #driftCorrected: Counter;

  constructor(registry: Registry, pausedScopes: () => readonly PausedScope[]) {
    const registers = [registry];
    this.#writes = new Counter({
      name: "sessionpool_writes_total",
      help: "PUTs and DELETEs that Azure took, by the reason for them.",
      labelNames: ["reason"],
      registers,
    });
    for (const reason of WRITE_REASONS) this.#writes.inc({ reason }, 0);
    this.#provisioning = new Histogram({
      name: "sessionpool_provisioning_seconds",
      help: "How long Azure took for a PUT that it took on, until its end was seen.",
      labelNames: ["kind", "outcome"],
      buckets: PROVISIONING_BUCKETS,
      registers,
    });
    for (const kind of ["create", "update"])
      for (const outcome of ["succeeded", "failed"]) this.#provisioning.zero({ kind, outcome });
    this.#driftFound = new Counter({
      name: "sessionpool_drift_found_total",
      help: "How often a pool was found changed in Azure.",
      registers,
    });
    this.#driftCorrected = new Counter({
      name: "sessionpool_drift_corrected_total",
      help: "PUTs that Azure took to undo a change.",
      registers,
    });
    readGauge(registry, {
      name: "sessionpool_drift_paused",
      help: "1 while so many pools of a scope differ that nothing is corrected before a person has looked, else 0.",
      labelNames: ["subscription"],
      read: () =>
        pausedScopes().map(({ subscription, paused }) => ({ labels: { subscription }, value: paused ? 1 : 0 })),
      merge: Math.max,
    });
  }

  /** Counts a write that Azure took. @param isRepair it undoes what somebody did in Azure */
  wrote(reason: WriteReason, isRepair: boolean): void {
    this.#writes.inc({ reason });
    if (isRepair) this.#driftCorrected.inc();
  }

  /** Notes how long Azure worked on a PUT. */
  readonly provisioned = ({ kind, outcome, ms }: ProvisioningTold): void =>
    this.#provisioning.observe({ kind, outcome }, ms / 1_000);

  /** Counts a pool that was found changed in Azure, once for each change. */
  driftFound(): void {
    this.#driftFound.inc();
  }
}
