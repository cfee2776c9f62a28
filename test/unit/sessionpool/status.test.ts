import { describe, expect, it } from "vitest";
import { reasonOf } from "../../../src/api/conditions.ts";
import type { SessionPoolStatus } from "../../../src/api/session-pool.ts";
import { type Outcome, sameStatus, statusFor } from "../../../src/sessionpool/status.ts";
import { livePool } from "./bodies.ts";

const T0 = "2026-01-01T00:00:00Z";
const T1 = "2026-01-01T00:05:00Z";
const present = {
  kind: "present",
  pool: livePool({ body: { identity: { type: "SystemAssigned", principalId: "p-1", tenantId: "t-1" } } }),
} as const;
const outcomes: Record<string, Outcome> = {
  ready: { kind: "ready", known: undefined },
  reconciling: { kind: "reconciling", reason: "Updating", message: "m" },
  stalled: { kind: "stalled", reason: "SecretNotFound", message: "m" },
  suspended: { kind: "suspended", reason: "Suspended", message: "m" },
};

const stalled = { kind: "stalled", reason: "R", message: "m" } as const;
const drift = { paths: ["/a"], message: "changed at /a" };
const plan = { action: "Update", hash: "h", changes: [] };
const drifted = (status: SessionPoolStatus) => status.conditions?.find(({ type }) => type === "Drifted");

describe("the status", () => {
  it("says what Azure says", () => {
    expect(statusFor(2, undefined, { kind: "ready", known: undefined }, present, undefined, "h1", T0)).toMatchObject({
      observedGeneration: 2,
      id: livePool().id,
      provisioningState: "Succeeded",
      endpoint: "https://alpha.jollymoss-332ae058.westus3.azurecontainerapps.io",
      nodeCount: 1,
      principalId: "p-1",
      tenantId: "t-1",
      readySessionInstances: 2,
    });
  });

  it.each(Object.entries(outcomes))("follows the kstatus rules: %s", (_name, outcome) => {
    const { conditions = [] } = statusFor(2, undefined, outcome, present, undefined, "h1", T0);
    const isTrue = (type: string): boolean =>
      conditions.some((condition) => condition.type === type && condition.status === "True");
    expect(conditions[0]?.type).toBe("Ready");
    expect(isTrue("Ready")).toBe(outcome.kind === "ready");
    expect(isTrue("Reconciling")).toBe(outcome.kind === "reconciling");
    expect(isTrue("Stalled")).toBe(outcome.kind === "stalled");
    expect(conditions.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    expect(conditions.filter(({ type }) => type !== "Ready").every(({ status }) => status === "True")).toBe(true);
  });

  it("moves lastTransitionTime only when a condition turns", () => {
    const first = statusFor(1, undefined, { kind: "ready", known: undefined }, present, undefined, "h1", T0);
    const same = statusFor(2, first, { kind: "ready", known: undefined }, present, undefined, "h2", T1);
    expect(same.conditions?.[0]?.lastTransitionTime).toBe(T0);
    const turned = statusFor(2, first, { kind: "stalled", reason: "R", message: "m" }, present, undefined, "h2", T1);
    expect(turned.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([T1, T1]);
  });

  it("says nothing of drift once the pool is another's", () => {
    const before = statusFor(1, undefined, { ...stalled, drift }, present, undefined, "h1", T0);
    const outcome = { ...stalled, isForeign: true } as const;
    expect([
      drifted(before) !== undefined,
      drifted(statusFor(1, before, outcome, present, undefined, "h1", T1)),
    ]).toEqual([true, undefined]);
  });

  it("keeps what is known of the pool while nothing newer is, and drops it when the pool is gone", () => {
    const before: SessionPoolStatus = statusFor(
      1,
      undefined,
      { kind: "ready", known: undefined },
      present,
      undefined,
      "h1",
      T0,
    );
    expect(
      statusFor(2, before, { kind: "reconciling", reason: "R", message: "m" }, { kind: "unknown" }, undefined, "h2", T1)
        .endpoint,
    ).toBe(before.endpoint);
    expect(
      statusFor(
        2,
        before,
        { kind: "reconciling", reason: "R", message: "m" },
        { kind: "absent", groupMissing: false, message: "" },
        undefined,
        "h2",
        T1,
      ).endpoint,
    ).toBeUndefined();
  });

  it("shows the differences that Azure insists on", () => {
    const { conditions } = statusFor(
      1,
      undefined,
      { kind: "ready", known: { generation: 1, differences: [{ path: "/a" }, { path: "/b" }] } },
      present,
      undefined,
      "h1",
      T0,
    );
    expect(conditions?.[0]?.message).toContain("/a, /b");
  });

  it("remembers what was in sync, whatever comes after it", () => {
    const first = statusFor(1, undefined, { kind: "ready", known: undefined }, present, undefined, "h1", T0);
    expect(first.syncedHash).toBe("h1");
    const after = [stalled, { kind: "reconciling", reason: "R", message: "m" }, outcomes.suspended ?? stalled] as const;
    for (const outcome of after) {
      expect(statusFor(2, first, outcome, present, undefined, "h2", T1).syncedHash).toBe("h1");
      expect(statusFor(2, first, outcome, { kind: "unknown" }, undefined, "h2", T1).syncedHash).toBe("h1");
    }
    expect(statusFor(2, undefined, stalled, present, undefined, "h2", T1)).not.toHaveProperty("syncedHash");
    expect(statusFor(2, first, { ...stalled, drift }, present, undefined, "h2", T1).syncedHash).toBe("h2");
  });

  it("has a plan as long as there is one to show", () => {
    const planned = statusFor(1, undefined, { ...stalled, plan }, present, undefined, "h1", T0);
    expect(planned.plan).toEqual(plan);
    expect(
      statusFor(1, undefined, { kind: "ready", known: undefined, plan }, present, undefined, "h1", T0).plan,
    ).toEqual(plan);
    expect(statusFor(1, planned, stalled, { kind: "unknown" }, undefined, "h2", T1)).not.toHaveProperty("plan");
    expect(statusFor(1, planned, outcomes.reconciling ?? stalled, present, undefined, "h2", T1)).not.toHaveProperty(
      "plan",
    );
  });

  it("has the known differences: those of the decision, or those before it; none of a pool that is gone", () => {
    const known = { generation: 1, differences: [{ path: "/a" }] };
    expect(statusFor(1, undefined, { kind: "ready", known }, present, undefined, "h1", T0).applied).toEqual(known);
    expect(statusFor(1, undefined, stalled, present, known, "h1", T0).applied).toEqual(known);
    expect(statusFor(1, undefined, { kind: "ready", known: undefined }, present, known, "h1", T0)).not.toHaveProperty(
      "applied",
    );
    const before = statusFor(1, undefined, stalled, present, known, "h1", T0);
    expect(statusFor(1, before, stalled, { kind: "unknown" }, undefined, "h1", T0)).not.toHaveProperty("applied");
    const absent = { kind: "absent", groupMissing: false, message: "" } as const;
    expect(statusFor(1, before, stalled, absent, known, "h1", T0)).not.toHaveProperty("applied");
  });

  it("says that the pool drifted until Azure has what the spec says, or the spec is edited", () => {
    const seen = statusFor(
      2,
      undefined,
      { kind: "reconciling", reason: "R", message: "m", drift },
      present,
      undefined,
      "h1",
      T0,
    );
    expect(drifted(seen)).toEqual({
      type: "Drifted",
      status: "True",
      reason: "ChangedInAzure",
      message: "changed at /a",
      lastTransitionTime: T0,
      observedGeneration: 2,
    });
    const polling = statusFor(
      2,
      seen,
      { kind: "reconciling", reason: "R", message: "m" },
      present,
      undefined,
      "h2",
      T1,
    );
    expect(drifted(polling)).toEqual(drifted(seen));
    expect(drifted(statusFor(2, polling, stalled, present, undefined, "h2", T1))).toEqual(drifted(seen));
    expect(drifted(statusFor(3, seen, stalled, present, undefined, "h2", T1))).toBeUndefined();
    expect(
      drifted(statusFor(2, seen, { kind: "ready", known: undefined }, present, undefined, "h2", T1)),
    ).toBeUndefined();
    expect(drifted(statusFor(2, undefined, stalled, present, undefined, "h2", T1))).toBeUndefined();
  });

  it("takes no more words than a condition has room for, and only what Azure really says", () => {
    const long = statusFor(1, undefined, { ...stalled, message: "x".repeat(40_000) }, present, undefined, "h1", T0);
    expect(long.conditions?.[0]?.message).toHaveLength(32_768);
    const odd = { id: 7, identity: { principalId: "" }, properties: { nodeCount: -1, provisioningState: null } };
    const status = statusFor(1, undefined, stalled, { kind: "present", pool: odd }, undefined, "h1", T0);
    expect(Object.keys(status)).toEqual(["observedGeneration", "conditions"]);
    const half = { properties: { nodeCount: 1.5, scaleConfiguration: { readySessionInstances: 0 } } };
    expect(statusFor(1, undefined, stalled, { kind: "present", pool: half }, undefined, "h1", T0)).toMatchObject({
      readySessionInstances: 0,
    });
    expect(statusFor(1, undefined, stalled, { kind: "present", pool: half }, undefined, "h1", T0)).not.toHaveProperty(
      "nodeCount",
    );
  });

  it("says in plain words that all is well", () => {
    const { conditions } = statusFor(1, undefined, { kind: "ready", known: undefined }, present, undefined, "h1", T0);
    expect(conditions).toEqual([
      {
        type: "Ready",
        status: "True",
        reason: "Succeeded",
        message: "Azure has what the resource asks for",
        lastTransitionTime: T0,
        observedGeneration: 1,
      },
    ]);
  });

  it("is the same when only the order of members differs", () => {
    expect(sameStatus({ id: "a", endpoint: "b" }, { endpoint: "b", id: "a" })).toBe(true);
    expect(sameStatus({ id: "a" }, { id: "a", endpoint: "b" })).toBe(false);
  });
});

describe("a reason made from Azure's code is legal", () => {
  it.each([
    ["SessionPoolInvalidReadySessionInstances", "SessionPoolInvalidReadySessionInstances"],
    ["Some-Code.With:Marks", "SomeCodeWithMarks"],
    ["403", "ProvisioningFailed"],
    ["", "ProvisioningFailed"],
    ["A_", "A"],
  ])("%s", (code, reason) => {
    expect(reasonOf(code)).toBe(reason);
  });
});
