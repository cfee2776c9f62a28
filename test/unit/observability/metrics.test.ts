import { describe, expect, it } from "vitest";
import type { BudgetLeft, ObservedScopes } from "../../../src/observability/arm-metrics.ts";
import type { QuietWatch } from "../../../src/observability/kubernetes-metrics.ts";
import { Metrics } from "../../../src/observability/metrics.ts";
import type { PausedScope } from "../../../src/observability/pool-metrics.ts";

const ONE = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const TWO = "1111aaaa-2222-4333-8444-555555555555";

/** The lines that tell values of metrics whose names begin so, without those of a histogram's buckets. */
async function told(metrics: Metrics, name: string): Promise<readonly string[]> {
  return (await textOf(metrics)).split("\n").filter((line) => line.startsWith(name) && !line.includes("_bucket"));
}

async function textOf(metrics: Metrics): Promise<string> {
  return (await Array.fromAsync(metrics.text())).join("");
}

describe("what Prometheus is told", () => {
  it("of calls to Azure: how many of each kind, and how they ended", async () => {
    const metrics = new Metrics();
    metrics.arm.called("list", 200);
    metrics.arm.called("list", 200);
    metrics.arm.called("put", 429);
    metrics.arm.called("delete", "none");
    metrics.arm.called("get", "no_token");
    const calls = await told(metrics, "sessionpool_arm_requests_total");
    expect(calls.filter((line) => !line.endsWith(" 0"))).toEqual([
      'sessionpool_arm_requests_total{kind="get",code="no_token"} 1',
      'sessionpool_arm_requests_total{kind="put",code="429"} 1',
      'sessionpool_arm_requests_total{kind="delete",code="none"} 1',
      'sessionpool_arm_requests_total{kind="list",code="200"} 2',
    ]);
    // The first of what an alert is about is an increase.
    for (const code of ["401", "403", "429", "no_token"])
      expect(calls).toContain(`sessionpool_arm_requests_total{kind="list",code="${code}"} 0`);
  });

  it("of waiting for a turn: how long, from at once to half an hour", async () => {
    const metrics = new Metrics();
    for (const seconds of [0, 0.05, 3, 1_200, 4_000]) metrics.arm.waited("write", seconds);
    expect(await told(metrics, "sessionpool_arm_wait_seconds")).toEqual([
      'sessionpool_arm_wait_seconds_sum{kind="write"} 5203.05',
      'sessionpool_arm_wait_seconds_count{kind="write"} 5',
    ]);
    const buckets = [...(await textOf(metrics)).matchAll(/_bucket\{le="([^"]+)",kind="write"\} (\d+)/g)];
    expect(buckets.map(([, le, count]) => [le, Number(count)])).toEqual([
      ["0.1", 2],
      ["0.5", 2],
      ["1", 2],
      ["2", 2],
      ["5", 3],
      ["10", 3],
      ["30", 3],
      ["60", 3],
      ["300", 3],
      ["900", 3],
      ["1800", 4],
      ["+Inf", 5],
    ]);
  });

  it("of drift: found and corrected, from the start", async () => {
    const metrics = new Metrics();
    expect(await told(metrics, "sessionpool_drift_")).toEqual([
      "sessionpool_drift_found_total 0",
      "sessionpool_drift_corrected_total 0",
    ]);
    metrics.pools.driftFound();
    metrics.pools.driftFound();
    metrics.pools.wrote("DriftCorrected", true);
    metrics.pools.wrote("SpecChanged", false);
    expect(await told(metrics, "sessionpool_drift_")).toEqual([
      "sessionpool_drift_found_total 2",
      "sessionpool_drift_corrected_total 1",
    ]);
  });

  it("of the budget: what is left at the time of asking; of two identities in a subscription, the least", async () => {
    let left: readonly BudgetLeft[] = [
      { subscription: ONE, kind: "read", remaining: 250 },
      { subscription: ONE, kind: "write", remaining: 12 },
      { subscription: ONE, kind: "write", remaining: 7 },
      { subscription: TWO, kind: "delete", remaining: 0 },
    ];
    const metrics = new Metrics({ budgets: () => left });
    expect(await told(metrics, "sessionpool_arm_budget_remaining")).toEqual([
      `sessionpool_arm_budget_remaining{subscription="${ONE}",kind="read"} 250`,
      `sessionpool_arm_budget_remaining{subscription="${ONE}",kind="write"} 7`,
      `sessionpool_arm_budget_remaining{subscription="${TWO}",kind="delete"} 0`,
    ]);
    left = [{ subscription: ONE, kind: "read", remaining: 3 }];
    expect(await told(metrics, "sessionpool_arm_budget_remaining")).toEqual([
      `sessionpool_arm_budget_remaining{subscription="${ONE}",kind="read"} 3`,
    ]);
  });

  it("of the observation: by what, and how old the oldest is; nothing of a subscription that has no pools any more", async () => {
    let scopes: readonly ObservedScopes[] = [
      { subscription: ONE, scope: "resource-group", count: 3, lagSeconds: 12 },
      { subscription: ONE, scope: "get", count: 2, lagSeconds: 40.5 },
      { subscription: ONE, scope: "get", count: 5, lagSeconds: 1 },
      { subscription: TWO, scope: "subscription", count: 1, lagSeconds: 0 },
    ];
    const metrics = new Metrics({ scopes: () => scopes });
    expect(await told(metrics, "sessionpool_observe_")).toEqual([
      `sessionpool_observe_scopes{subscription="${ONE}",scope="resource-group"} 3`,
      `sessionpool_observe_scopes{subscription="${ONE}",scope="get"} 7`,
      `sessionpool_observe_scopes{subscription="${TWO}",scope="subscription"} 1`,
      `sessionpool_observe_lag_seconds{subscription="${ONE}"} 40.5`,
      `sessionpool_observe_lag_seconds{subscription="${TWO}"} 0`,
    ]);
    scopes = [];
    expect(await told(metrics, "sessionpool_observe_")).toEqual([]);
  });

  it("of corrections that wait for a person: 1 for a subscription where any scope waits", async () => {
    let paused: readonly PausedScope[] = [
      { subscription: ONE, paused: true },
      { subscription: ONE, paused: false },
      { subscription: TWO, paused: false },
    ];
    const metrics = new Metrics({ pausedScopes: () => paused });
    expect(await told(metrics, "sessionpool_drift_paused")).toEqual([
      `sessionpool_drift_paused{subscription="${ONE}"} 1`,
      `sessionpool_drift_paused{subscription="${TWO}"} 0`,
    ]);
    paused = [{ subscription: ONE, paused: false }];
    expect(await told(metrics, "sessionpool_drift_paused")).toEqual([
      `sessionpool_drift_paused{subscription="${ONE}"} 0`,
    ]);
  });

  it("of writes: each reason, from the start", async () => {
    const metrics = new Metrics();
    metrics.pools.wrote("Create", false);
    expect(await told(metrics, "sessionpool_writes_total")).toEqual([
      'sessionpool_writes_total{reason="Create"} 1',
      'sessionpool_writes_total{reason="SpecChanged"} 0',
      'sessionpool_writes_total{reason="DriftCorrected"} 0',
      'sessionpool_writes_total{reason="RetryAfterFailure"} 0',
      'sessionpool_writes_total{reason="SecretsChanged"} 0',
      'sessionpool_writes_total{reason="SecretsUnverified"} 0',
      'sessionpool_writes_total{reason="Delete"} 0',
    ]);
  });

  it("of Azure's work: buckets in which recorded creates differ, and updates", async () => {
    const metrics = new Metrics();
    for (const seconds of [351, 354, 368, 369, 379, 411, 464])
      metrics.pools.provisioned({ kind: "create", outcome: "succeeded", ms: seconds * 1_000 });
    metrics.pools.provisioned({ kind: "update", outcome: "failed", ms: 1_500 });
    const text = await textOf(metrics);
    const filled = [...text.matchAll(/sessionpool_provisioning_seconds_bucket\{le="([^"]+)",(.*)\} ([1-9]\d*)$/gm)];
    expect(filled.map(([, le, labels, count]) => `${labels} ${le}: ${count}`).slice(0, 3)).toEqual([
      'kind="create",outcome="succeeded" 360: 2',
      'kind="create",outcome="succeeded" 420: 6',
      'kind="create",outcome="succeeded" 480: 7',
    ]);
    expect(text).toContain('sessionpool_provisioning_seconds_count{kind="create",outcome="failed"} 0');
    expect(text).toContain('sessionpool_provisioning_seconds_bucket{le="2.5",kind="update",outcome="failed"} 1');
  });

  it("of reconciles, by the names of controller-runtime, from the start", async () => {
    const metrics = new Metrics({ concurrency: 100 });
    const end = { result: "success", isTerminal: false, isPanic: false, ms: 250 } as const;
    metrics.controller.ended(end);
    metrics.controller.ended({ ...end, result: "requeue_after" });
    metrics.controller.ended({ ...end, result: "error", ms: 61_000 });
    metrics.controller.ended({ ...end, result: "error", isTerminal: true });
    metrics.controller.ended({ ...end, result: "error", isPanic: true });
    expect(await told(metrics, "controller_runtime_")).toEqual([
      'controller_runtime_reconcile_total{controller="sessionpool",result="success"} 1',
      'controller_runtime_reconcile_total{controller="sessionpool",result="error"} 3',
      'controller_runtime_reconcile_total{controller="sessionpool",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="sessionpool",result="requeue_after"} 1',
      'controller_runtime_reconcile_errors_total{controller="sessionpool"} 3',
      'controller_runtime_terminal_reconcile_errors_total{controller="sessionpool"} 1',
      'controller_runtime_reconcile_panics_total{controller="sessionpool"} 1',
      'controller_runtime_reconcile_time_seconds_sum{controller="sessionpool"} 62',
      'controller_runtime_reconcile_time_seconds_count{controller="sessionpool"} 5',
      'controller_runtime_max_concurrent_reconciles{controller="sessionpool"} 100',
    ]);
    const inMinute = 'controller_runtime_reconcile_time_seconds_bucket{le="60",controller="sessionpool"} 4';
    expect(await textOf(metrics)).toContain(inMinute);
  });

  it("of the queue, by the names of client-go", async () => {
    const waiting = { urgent: 1, normal: 0, background: 40 };
    const metrics = new Metrics({ queue: () => ({ waiting, held: 2, heldMs: 3_500, longestHeldMs: 3_000 }) });
    metrics.queue.added();
    metrics.queue.delayed();
    metrics.queue.handedOut(0.05);
    metrics.queue.done(1_500);
    const labels = 'name="sessionpool",controller="sessionpool"';
    expect(await told(metrics, "workqueue_")).toEqual([
      `workqueue_adds_total{${labels}} 1`,
      `workqueue_retries_total{${labels}} 1`,
      `workqueue_queue_duration_seconds_sum{${labels}} 0.00005`,
      `workqueue_queue_duration_seconds_count{${labels}} 1`,
      `workqueue_work_duration_seconds_sum{${labels}} 1.5`,
      `workqueue_work_duration_seconds_count{${labels}} 1`,
      `workqueue_depth{${labels},priority="urgent"} 1`,
      `workqueue_depth{${labels},priority="normal"} 0`,
      `workqueue_depth{${labels},priority="background"} 40`,
      `workqueue_unfinished_work_seconds{${labels}} 3.5`,
      `workqueue_longest_running_processor_seconds{${labels}} 3`,
    ]);
    expect(await told(metrics, "controller_runtime_active")).toEqual([
      'controller_runtime_active_workers{controller="sessionpool"} 2',
    ]);
    const buckets = [...(await textOf(metrics)).matchAll(/queue_duration_seconds_bucket\{le="([^"]+)",.*\} (\d)$/gm)];
    // As client-go's ExponentialBuckets(10e-9, 10, 12): from 10 ns to 1,000 s.
    expect(buckets.slice(0, -1).map(([, le, count]) => [Math.round(Math.log10(Number(le))), count])).toEqual(
      Array.from({ length: 12 }, (_, index) => [index - 8, index < 4 ? "0" : "1"]),
    );
  });

  it("of calls to the API server: by method and status, and which did not come through", async () => {
    const metrics = new Metrics({ host: "10.0.0.1:443" });
    metrics.kubernetes.called({ method: "GET", code: "200" });
    metrics.kubernetes.called({ method: "PATCH", code: "<error>" });
    expect(await told(metrics, "rest_client_requests_total")).toEqual([
      'rest_client_requests_total{code="200",method="GET",host="10.0.0.1:443"} 1',
      'rest_client_requests_total{code="<error>",method="PATCH",host="10.0.0.1:443"} 1',
    ]);
  });

  it("of who leads, by the name of the lease; nothing without leader election", async () => {
    let isLeader: boolean | undefined = false;
    const metrics = new Metrics({
      leader: () => (isLeader === undefined ? undefined : { name: "operator", isLeader }),
    });
    const slow = "leader_election_slowpath_total";
    const status = "leader_election_master_status";
    expect(await told(metrics, "leader_")).toEqual([`${slow}{name="operator"} 0`, `${status}{name="operator"} 0`]);
    isLeader = true;
    metrics.kubernetes.slowPath();
    expect(await told(metrics, "leader_")).toEqual([`${slow}{name="operator"} 1`, `${status}{name="operator"} 1`]);
    isLeader = undefined;
    expect(await told(metrics, status)).toEqual([]);
  });

  it("of watches: for how long each has heard nothing; nothing of one that does not run any more", async () => {
    const metrics = new Metrics();
    let watches: readonly QuietWatch[] = [
      { resource: "sessionpools", namespace: "team-a", ms: 12_500 },
      { resource: "namespaces", namespace: "", ms: 0 },
    ];
    metrics.kubernetes.watches(() => watches);
    expect(await told(metrics, "sessionpool_watch_")).toEqual([
      'sessionpool_watch_blind_seconds{resource="sessionpools",namespace="team-a"} 12.5',
      'sessionpool_watch_blind_seconds{resource="namespaces",namespace=""} 0',
    ]);
    watches = [];
    expect(await told(metrics, "sessionpool_watch_")).toEqual([]);
  });

  it("of events that were not written", async () => {
    const metrics = new Metrics();
    expect(await told(metrics, "sessionpool_events_")).toEqual(["sessionpool_events_dropped_total 0"]);
    metrics.kubernetes.eventsDropped(3);
    expect(await told(metrics, "sessionpool_events_")).toEqual(["sessionpool_events_dropped_total 3"]);
  });

  it("of the operator: its version", async () => {
    const metrics = new Metrics({ version: "1.2.3" });
    expect(await told(metrics, "sessionpool_build_info")).toEqual(['sessionpool_build_info{version="1.2.3"} 1']);
  });

  it("with a sentence for each metric, and nothing of a source that there is not", async () => {
    const text = await textOf(new Metrics());
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    const helps = [...text.matchAll(/^# HELP (\S+) .{20,}\.$/gm)].map(([, name]) => name);
    expect(helps).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    for (const source of ["sessionpool_observe", "workqueue_depth", "sessionpool_ready", "leader_"])
      expect(await told(new Metrics(), source)).toEqual([]);
  });
});
