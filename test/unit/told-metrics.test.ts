import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { custom, python } from "../simulation/specs.ts";
import { Stage } from "./attacks/stage.ts";

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

afterEach(() => stage.stop());

/** What a replica tells of metrics whose names begin so, by name and labels. */
async function told(name: string, replica?: number): Promise<ReadonlyMap<string, number>> {
  const lines = (await stage.metrics(replica)).split("\n").filter((line) => line.startsWith(name));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

async function value(series: string, replica?: number): Promise<number | undefined> {
  return (await told(series.split("{")[0] ?? "", replica)).get(series);
}

describe("what the whole operator tells Prometheus", { timeout: 60_000 }, () => {
  it("of a create, an edit, one that a person must mend, and a deletion", async () => {
    stage.start();
    stage.create("alpha", custom());
    stage.create("beta", python());
    await stage.pass(5);
    expect(await told("sessionpool_ready")).toEqual(
      new Map([
        ['sessionpool_ready{namespace="team-a",name="alpha"}', 1],
        ['sessionpool_ready{namespace="team-a",name="beta"}', 1],
      ]),
    );
    expect(await value('sessionpool_writes_total{reason="Create"}')).toBe(2);
    expect(await value('sessionpool_provisioning_seconds_count{kind="create",outcome="succeeded"}')).toBe(2);
    expect(await value('controller_runtime_terminal_reconcile_errors_total{controller="sessionpool"}')).toBe(0);

    stage.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } } });
    await stage.pass(5);
    expect(await value('sessionpool_writes_total{reason="SpecChanged"}')).toBe(1);
    expect(await value('sessionpool_provisioning_seconds_count{kind="update",outcome="succeeded"}')).toBe(1);

    stage.patch("beta", { spec: { location: "eastus" } });
    await stage.pass(5);
    // It cannot move.
    expect(await value('controller_runtime_terminal_reconcile_errors_total{controller="sessionpool"}')).toBeGreaterThan(
      0,
    );
    stage.remove("alpha");
    await stage.pass(5);
    expect(await value('sessionpool_writes_total{reason="Delete"}')).toBe(1);
    expect([...(await told("sessionpool_ready"))]).toEqual([['sessionpool_ready{namespace="team-a",name="beta"}', 0]]);
  });

  it("nothing of how long a create took whose resource was suspended meanwhile: it would be the length of the suspension", async () => {
    stage.start();
    stage.create("alpha", custom());
    await stage.clock.advance(20_000);
    stage.patch("alpha", { spec: { suspend: true } });
    await stage.pass(24 * 60);
    stage.patch("alpha", { spec: { suspend: false } });
    await stage.pass(5);
    expect(stage.told("alpha")).toMatch(/^Succeeded/);
    expect(await value('sessionpool_provisioning_seconds_count{kind="create",outcome="succeeded"}')).toBe(0);
  });

  it("of its calls to the API server: the lease's and the watches' too", async () => {
    stage.startReplicas(1);
    stage.create("alpha", python());
    await stage.pass(5);
    const calls = await told("rest_client_requests_total", 1);
    const sent = stage.network.calls.filter(({ side }) => side === "kubernetes").map(({ method }) => method);
    const sum = (method: string): number =>
      [...calls].filter(([series]) => series.includes(`method="${method}"`)).reduce((all, [, count]) => all + count, 0);
    for (const method of ["GET", "PATCH", "POST"]) {
      expect(sum(method)).toBeGreaterThan(0);
      // One more may be on its way, but none is missing.
      expect(sent.filter((one) => one === method).length - sum(method)).toBeLessThanOrEqual(2);
    }
  });

  it("of a resource by the replica that leads alone, so that sums count each once; both tell what they themselves do", async () => {
    stage.startReplicas(2);
    stage.create("alpha", python());
    await stage.pass(5);
    const leads = 'leader_election_master_status{name="sessionpool-operator"}';
    const [leader, standby] = (await value(leads, 1)) === 1 ? [1, 2] : [2, 1];
    expect((await told("sessionpool_ready", leader)).size).toBe(1);
    expect(await told("sessionpool_ready", standby)).toEqual(new Map());
    expect(await told("sessionpool_drifted", standby)).toEqual(new Map());
    expect((await told("sessionpool_observe_lag_seconds", standby)).size).toBe(1);
    expect(await value('sessionpool_writes_total{reason="Create"}', standby)).toBe(0);
    expect(await value('workqueue_adds_total{name="sessionpool",controller="sessionpool"}', standby)).toBeGreaterThan(
      0,
    );
  });
});
