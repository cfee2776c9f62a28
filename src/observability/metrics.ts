import { Counter, Gauge, Registry } from "prom-client";

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

  /** All of it in Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}
