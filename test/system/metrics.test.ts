import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { conditionOf, customPool, isReady, pythonPool, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

/** What is told now, by name and labels. */
class Scrape {
  readonly #values: ReadonlyMap<string, number>;

  constructor(text: string) {
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    this.#values = new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
    );
  }

  /** @param labels all of them that the series must have, e.g. `code="200"` */
  sum(name: string, ...labels: readonly string[]): number {
    const found = [...this.#values].filter(
      ([series]) => series.split("{")[0] === name && labels.every((label) => series.includes(label)),
    );
    if (found.length === 0) throw new Error(`nothing is told of ${name} ${labels.join(" ")}`);
    return found.reduce((all, [, value]) => all + value, 0);
  }

  get names(): ReadonlySet<string> {
    return new Set([...this.#values.keys()].map((series) => series.split("{")[0] ?? ""));
  }
}

async function scrape(): Promise<Scrape> {
  const response = await fetch(world.operator.metrics);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return new Scrape(await response.text());
}

describe("a dashboard for controllers", () => {
  it("finds the operator's names before anything has happened", async () => {
    const { names } = await scrape();
    for (const name of [
      "controller_runtime_reconcile_total",
      "controller_runtime_reconcile_errors_total",
      "controller_runtime_terminal_reconcile_errors_total",
      "controller_runtime_reconcile_panics_total",
      "controller_runtime_reconcile_time_seconds_bucket",
      "controller_runtime_max_concurrent_reconciles",
      "controller_runtime_active_workers",
      "workqueue_depth",
      "workqueue_adds_total",
      "workqueue_queue_duration_seconds_bucket",
      "workqueue_work_duration_seconds_bucket",
      "workqueue_unfinished_work_seconds",
      "workqueue_longest_running_processor_seconds",
      "workqueue_retries_total",
      "leader_election_master_status",
      "rest_client_requests_total",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "process_open_fds",
      "nodejs_eventloop_lag_p99_seconds",
      "nodejs_heap_size_used_bytes",
    ])
      expect(names).toContain(name);
  });

  it("sees a create, an edit and a failure", async () => {
    const before = await scrape();
    expect(before.sum("sessionpool_build_info", `version="${manifest.version}"`)).toBe(1);
    expect(before.sum("controller_runtime_reconcile_panics_total")).toBe(0);
    const of = (name: string): readonly string[] => [`namespace="${world.namespace}"`, `name="${name}"`];

    await world.apply(customPool("seen"));
    await world.until("seen", "Ready", isReady);
    await world.edit("seen", { scaleConfiguration: { maxConcurrentSessions: 20 } });
    await world.until("seen", "Ready", isReady);
    await world.apply(pythonPool("moved"));
    await world.until("moved", "Ready", isReady);
    world.emulator.model.faults.add({
      method: "PUT",
      pathPattern: "refused",
      status: 400,
      times: 1_000,
      body: { error: { code: "QuotaExceeded", message: "no more" } },
    });
    await world.apply(pythonPool("refused"));
    await world.until("refused", "stalled", (shown) => conditionOf(shown, "Stalled")?.reason === "QuotaExceeded");

    const after = await scrape();
    const rise = (name: string, ...labels: readonly string[]): number =>
      after.sum(name, ...labels) - before.sum(name, ...labels);
    expect(after.sum("sessionpool_ready", ...of("seen"))).toBe(1);
    expect(after.sum("sessionpool_ready", ...of("refused"))).toBe(0);
    expect(after.sum("sessionpool_drifted", ...of("seen"))).toBe(0);
    expect(rise("sessionpool_writes_total", 'reason="Create"')).toBe(2);
    expect(rise("sessionpool_writes_total", 'reason="SpecChanged"')).toBe(1);
    expect(rise("sessionpool_provisioning_seconds_count", 'kind="create"', 'outcome="succeeded"')).toBe(2);
    expect(rise("sessionpool_provisioning_seconds_count", 'kind="update"', 'outcome="succeeded"')).toBe(1);
    const creates = rise("sessionpool_provisioning_seconds_sum", 'kind="create"');
    expect(creates).toBeGreaterThan(1);
    expect(creates).toBeLessThan(60);
    expect(after.sum("sessionpool_arm_requests_total", 'kind="put"', 'code="400"')).toBeGreaterThanOrEqual(1);
    expect(rise("controller_runtime_terminal_reconcile_errors_total")).toBeGreaterThanOrEqual(1);
    expect(rise("controller_runtime_reconcile_errors_total")).toBeGreaterThanOrEqual(1);
    expect(rise("controller_runtime_reconcile_total", 'result="requeue_after"')).toBeGreaterThanOrEqual(3);
    expect(after.sum("controller_runtime_reconcile_time_seconds_count")).toBe(
      after.sum("controller_runtime_reconcile_total"),
    );
    expect(rise("workqueue_adds_total")).toBeGreaterThanOrEqual(4);
    expect(after.sum("workqueue_queue_duration_seconds_count")).toBeGreaterThanOrEqual(4);
    expect(after.sum("rest_client_requests_total", 'code="200"', 'method="PATCH"')).toBeGreaterThan(3);
    expect(after.sum("leader_election_master_status")).toBe(1);
    expect(after.sum("process_resident_memory_bytes")).toBeGreaterThan(10e6);
  });
});
