import { describe, expect, it } from "vitest";
import { type BudgetLeft, Metrics, type ObservedScopes, type PausedScope } from "../../../src/observability/metrics.ts";

const ONE = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const TWO = "1111aaaa-2222-4333-8444-555555555555";

/** The lines that tell values of metrics whose names begin so, without those of a histogram's buckets. */
async function told(metrics: Metrics, name: string): Promise<readonly string[]> {
  const text = await metrics.text();
  return text.split("\n").filter((line) => line.startsWith(name) && !line.includes("_bucket"));
}

describe("what Prometheus is told", () => {
  it("of calls to Azure: how many of each kind, and how they ended", async () => {
    const metrics = new Metrics();
    metrics.armCall("list", 200);
    metrics.armCall("list", 200);
    metrics.armCall("put", 429);
    metrics.armCall("delete", undefined);
    expect(await told(metrics, "sessionpool_arm_requests_total")).toEqual([
      'sessionpool_arm_requests_total{kind="list",code="200"} 2',
      'sessionpool_arm_requests_total{kind="put",code="429"} 1',
      'sessionpool_arm_requests_total{kind="delete",code="none"} 1',
    ]);
  });

  it("of waiting for a turn: how long, from at once to half an hour", async () => {
    const metrics = new Metrics();
    for (const seconds of [0, 0.05, 3, 1_200, 4_000]) metrics.waited("write", seconds);
    expect(await told(metrics, "sessionpool_arm_wait_seconds")).toEqual([
      'sessionpool_arm_wait_seconds_sum{kind="write"} 5203.05',
      'sessionpool_arm_wait_seconds_count{kind="write"} 5',
    ]);
    const buckets = [...(await metrics.text()).matchAll(/_bucket\{le="([^"]+)",kind="write"\} (\d+)/g)];
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

  it("of events that were not written", async () => {
    const metrics = new Metrics();
    expect(await told(metrics, "sessionpool_events_")).toEqual(["sessionpool_events_dropped_total 0"]);
    metrics.eventsDropped(3);
    expect(await told(metrics, "sessionpool_events_")).toEqual(["sessionpool_events_dropped_total 3"]);
  });

  it("of drift: found and corrected, from the start", async () => {
    const metrics = new Metrics();
    expect(await told(metrics, "sessionpool_drift_")).toEqual([
      "sessionpool_drift_found_total 0",
      "sessionpool_drift_corrected_total 0",
    ]);
    metrics.driftFound();
    metrics.driftFound();
    metrics.driftCorrected();
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

  it("of pools that stand changed, and of writes, by name and reason", async () => {
    const metrics = new Metrics();
    metrics.drifted({ namespace: "team-a", name: "alpha" }, true);
    metrics.drifted({ namespace: "team-a", name: "beta" }, false);
    metrics.drifted({ namespace: "team-a", name: "gone" }, true);
    metrics.forget({ namespace: "team-a", name: "gone" });
    metrics.wrote("Create");
    expect(await told(metrics, "sessionpool_drifted")).toEqual([
      'sessionpool_drifted{namespace="team-a",name="alpha"} 1',
      'sessionpool_drifted{namespace="team-a",name="beta"} 0',
    ]);
    expect(await told(metrics, "sessionpool_writes_total")).toEqual(['sessionpool_writes_total{reason="Create"} 1']);
  });

  it("of who leads, by the name of the lease; nothing without leader election", async () => {
    let isLeader: boolean | undefined = false;
    const metrics = new Metrics({
      leader: () => (isLeader === undefined ? undefined : { name: "operator", isLeader }),
    });
    expect(await told(metrics, "leader_")).toEqual(['leader_election_master_status{name="operator"} 0']);
    isLeader = true;
    expect(await told(metrics, "leader_")).toEqual(['leader_election_master_status{name="operator"} 1']);
    isLeader = undefined;
    expect(await told(metrics, "leader_")).toEqual([]);
  });

  it("has a sentence for each metric, and none of a source that there is not", async () => {
    const text = await new Metrics().text();
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    const helps = [...text.matchAll(/^# HELP (\S+) .{20,}\.$/gm)].map(([, name]) => name);
    expect(names).toHaveLength(12);
    expect(helps).toEqual(names);
    expect(await told(new Metrics(), "sessionpool_observe")).toEqual([]);
  });
});
